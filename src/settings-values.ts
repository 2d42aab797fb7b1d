import { z } from 'zod';

/** Hours, minutes, seconds, milliseconds: `1h30m`, `60s`, `500ms`; as milliseconds. */
export const duration = z.string().transform((text, context) => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    return wrong(context, `${shown(text)} is not a duration; write one like 60s or 1m30s`);
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (milliseconds[unit ?? ''] ?? 0), 0);
});

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `host:port`, `[::1]:port` or `:port` for every address. */
export const listenAddress = z.string().transform((text, context) => {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    return wrong(context, `${shown(text)} is not an address; write one like 127.0.0.1:8420, or :8420 for all addresses`);
  return { host: bracketed ?? (plain || '0.0.0.0'), port: Number(port) };
});

/** How a program of this machine writes a listening address in a URL; nobody can connect to the unspecified one. */
export function urlHost({ host, port }: { readonly host: string; readonly port: number }): string {
  if (host === '0.0.0.0') return `127.0.0.1:${port}`;
  if (host === '::') return `[::1]:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Without a slash at its end. */
export const httpUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    return wrong(context, 'not a URL; write one that starts with http:// or https://');
  if (url.username || url.password) return wrong(context, 'holds a name or password; write the URL without');
  return text.replace(/\/+$/, '');
});

/** As it is, for a receiver may care about every character of it. */
export const notifyUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'not a URL; write one that starts with http:// or https://',
  )
  .refine(
    (text) => !URL.canParse(text) || !(new URL(text).username || new URL(text).password),
    'holds a name or password; write the URL without',
  );

/** Whoever has it may do everything: it must not be guessed, however often somebody tries. */
export const adminToken = z
  .string()
  .regex(/^[\x21-\x7e]*$/, 'has a space or a character that is not ASCII; write one word')
  .min(16, 'is shorter than 16 characters; write a longer one (openssl rand -base64 32), or leave it out, and windlass makes one');

export const redisUrl = z
  .string()
  .regex(/^(rediss?|unix):\/\/./, 'not a Redis URL; write one like redis://127.0.0.1:6379/0, rediss://… or unix:///run/redis.sock');

/** A URL or a path; what git/ cannot read it refuses itself. A password in the URL would reach every message that names it. */
export const repository = z.string().refine((text) => !URL.canParse(text) || !new URL(text).password, {
  error: 'the URL holds a password; write it without, and the password into WINDLASS_REPOSITORY_TOKEN',
});

/** A host name or address without a port, as other hosts dial it. */
export const plainAddress = z.string().regex(/^(?:[0-9a-zA-Z.-]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*:[0-9a-fA-F.]*)$/, {
  error: ({ input }) => `${shown(String(input))} is not a host name or address; write one without a port, like 10.0.0.7`,
});

/** A private key as OpenSSH or PEM writes it; without a passphrase, which nobody is there to type. */
export const privateKey = z
  .string()
  .regex(/^-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n[\s\S]+\n-----END [A-Z ]*PRIVATE KEY-----$/, {
    error: 'is no private key; write the whole file that ssh-keygen made, from -----BEGIN to END-----',
  })
  .refine((text) => !/ENCRYPTED/.test(text) && !Buffer.from(text.split('\n').slice(1, -1).join(''), 'base64').includes('bcrypt'), {
    error: 'has a passphrase, which nobody is there to type; make one without (ssh-keygen -N "")',
  });

/** Of this machine. */
export const absolutePath = z.string().regex(/^\/[^"\n]*$/, { error: ({ input }) => `${shown(String(input))} is not an absolute path` });

/** One of a few words. */
export const oneOf = <const T extends readonly string[]>(words: T): z.ZodType<T[number]> =>
  z.enum(words, { error: ({ input }) => `${shown(String(input))} is not known; write one of ${words.join(', ')}` });

/** `role=web,tier=prod`. */
export const labels = z.string().transform((text, context) => {
  const found: Record<string, string> = Object.create(null);
  for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
    const [, key, value] = /^\s*([\w./-]+)=([^=,]*?)\s*$/.exec(pair) ?? [];
    if (key === undefined || value === undefined)
      return wrong(context, `${shown(pair)} is not key=value; write labels like role=web,tier=prod`);
    if (key in found) return wrong(context, `${key} stands there twice; leave one out`);
    found[key] = value;
  }
  return { ...found };
});

function wrong(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
