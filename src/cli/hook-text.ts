import type { HookDocument, SourceHook } from '../model/documents.ts';
import type { Provider } from '../model/root.ts';
import { columns } from './table.ts';

/** Where the Git host asks for it, in its own words; docs/providers/ has every click. */
const clicks: Readonly<Record<Provider, string>> = {
  github: 'Settings > Webhooks > Add webhook: Payload URL, Content type, Secret, "Just the push event"',
  gitlab: 'Settings > Webhooks > Add new webhook: URL, Secret token, Trigger "Push events"',
  gitea: 'Settings > Webhooks > Add Webhook > Gitea: Target URL, POST, application/json, Secret, "Push Events"',
  bitbucket: 'Repository settings > Webhooks > Add webhook: URL, Secret, trigger "Repository push"',
  standard: 'on the machine of the repository: windlass hook install DIR',
};

/** What `windlass hook show` prints: a block for the repository and for each source, and one for notifications. */
export function hookText({ url, provider, secret, sources, notify }: HookDocument): string {
  const repository = { name: 'config', url, provider, secret };
  const blocks = [block('repository', repository), ...sources.map((source) => block(`source ${source.name}`, source))];
  if (notify)
    blocks.push(
      `notifications\n${indented([
        ['to', notify.host],
        ['signed with', notify.secret],
      ])}`,
    );
  return blocks.join('\n');
}

function block(title: string, { name, url, provider, secret }: SourceHook): string {
  const variable = name === 'config' ? 'WINDLASS_WEBHOOK_SECRET' : `WINDLASS_SOURCE_${name.toUpperCase().replaceAll('-', '_')}_SECRET`;
  const rows = [
    ['URL', url],
    ['content type', 'application/json'],
    ['provider', provider],
    ['secret', secret ?? `none, so that everything is refused: set ${variable}`],
    ['to enter at', `${clicks[provider]}${provider === 'standard' && name !== 'config' ? ` --source ${name}` : ''}`],
  ];
  if (/^http:\/\/(127\.|\[::1\]|localhost)/.test(url) && provider !== 'standard') {
    rows.push(['note', 'this address is of this machine alone: set WINDLASS_PUBLIC_URL to one that the Git host reaches']);
  }
  return `${title}\n${indented(rows)}`;
}

const indented = (rows: readonly (readonly string[])[]): string =>
  columns(rows)
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');
