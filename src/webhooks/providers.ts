import type { Provider } from '../model/root.ts';
import { bitbucket } from './bitbucket.ts';
import { gitea } from './gitea.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import type { WebhookProvider } from './provider.ts';
import { standard } from './standard.ts';

/** Which record reads the webhooks of a source; configuration decides, never the request. */
export const webhookProviders: Readonly<Record<Provider, WebhookProvider>> = { github, gitlab, gitea, bitbucket, standard };
