import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import { ensureSecret, makeAdminToken, makeWebhookSecret } from '../settings-store.ts';

/** The secrets that the controller has in any case: as the settings say, else made at the first start. */
export interface MadeSecrets {
  readonly adminToken: Secret;
  /** The first is shown to whoever sets up a hook; any of them is a proof. */
  readonly webhookSecrets: readonly Secret[];
  /** Each of them signs what is told of outcomes; empty where nobody is told. */
  readonly notifySecrets: readonly Secret[];
}

export async function makeSecrets(settings: Settings): Promise<MadeSecrets> {
  const { stateDirectory } = settings;
  const adminToken = settings.adminToken ?? (await ensureSecret(stateDirectory, 'admin-token', makeAdminToken)).secret;
  // Made in any case: it is there when the setting is taken away again.
  const webhookSecret = (await ensureSecret(stateDirectory, 'webhook-secret', makeWebhookSecret)).secret;
  const webhookSecrets = settings.webhookSecrets.length > 0 ? settings.webhookSecrets : [webhookSecret];
  if (settings.notifyUrl === undefined) return { adminToken, webhookSecrets, notifySecrets: [] };
  if (settings.notifySecrets.length > 0) return { adminToken, webhookSecrets, notifySecrets: settings.notifySecrets };
  const notifySecret = (await ensureSecret(stateDirectory, 'notify-secret', makeWebhookSecret)).secret;
  return { adminToken, webhookSecrets, notifySecrets: [notifySecret] };
}
