/** Of the lines `NAME=value` of an env file, the names of those that look like secrets. */
export function likelySecrets(text: string): readonly string[] {
  const lines = [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(\S.*)$/gm)];
  return lines.flatMap(([, name = '', value = '']) => (isLikelySecret(name, value) ? [name] : []));
}

/** Whether a variable looks like a secret, by its name or by its value. */
export function isLikelySecret(name: string, value: string): boolean {
  const bare = value.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (bare === '' || /^(true|false|yes|no)$/i.test(bare) || reference.test(bare)) return false;
  return holdsSecret(bare) || (telling.test(name) && !harmless.test(name));
}

/** `$NAME`, `${NAME}`, `${NAME:?complaint}`: the value stands elsewhere. */
const reference = /^\$(?:\w+|\{\w+(?::?\?[^{}]*|:?-)?\})$/;

/** Whether a text holds what is secret by its form alone: a URL with a password, a private key, a token of a well-known kind. */
export const holdsSecret = (text: string): boolean =>
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:[^\s/@$]+@/i.test(text) ||
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ||
  /\b(gh[opsu]_|github_pat_|glpat-|xox[abp]-|sk_live_|AKIA[A-Z0-9]{12})/.test(text);

const telling = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|CREDENTIAL|(^|[_.-])(PASS|PWD|KEY|AUTH|SALT)S?\d*([_.-]|$)/i;

/** A path of a file with it, the public half of a pair, or how long one lives. */
const harmless = /[_.-](FILE|PATH|TTL|EXPIRY|LENGTH|NAME)$|PUBLIC_?KEY/i;
