import type { Response } from 'express';
import { type Html, html, textOfPage } from './html.ts';

interface Page {
  readonly title: string;
  /** Where windlass itself has it: links are relative to it, for a proxy may have put a folder before it. */
  readonly path: string;
  readonly body: Html;
  /** Seconds after which the browser asks for it again, or for `at`, relative to it; undefined: never. */
  readonly again?: { readonly seconds: number; readonly at?: string } | undefined;
  /** Whoever reads it may sign out. */
  readonly signedIn: boolean;
}

/** A whole page of the panel; it works without scripts. */
export const page = ({ title, path, body, again, signedIn }: Page): Html => html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${again ? html`<meta http-equiv="refresh" content="${again.seconds}${again.at === undefined ? '' : `; url=${again.at}`}">\n` : ''}<title>${title}</title>
<link rel="icon" href="${rootFrom(path)}panel.svg" type="image/svg+xml">
<link rel="stylesheet" href="${rootFrom(path)}panel.css">
</head>
<body>
<header>
<a class="home" href="${rootFrom(path)}"><img src="${rootFrom(path)}panel.svg" alt="" width="24" height="24">windlass</a>
${signedIn ? html`<form method="post" action="${rootFrom(path)}sign-out"><button class="quiet">Sign out</button></form>` : ''}
</header>
<main>
${body}
</main>
</body>
</html>
`;

/** Answers with a page. */
export const sendPage = (response: Response, content: Html): void => void response.type('html').send(textOfPage(content));

/** The way from a page to the first one: `./` or `../`. */
export const rootFrom = (path: string): string => '../'.repeat(path.split('/').length - 2) || './';

/** A state as a coloured word. */
export const badge = (state: string): Html => html`<span class="badge ${state}">${state}</span>`;

export const shortCommit = (commit: string | null): Html | string =>
  commit === null ? '–' : html`<code title="${commit}">${commit.slice(0, 7)}</code>`;

/** RFC 3339 as people read it, in UTC. */
export const moment = (time: string): Html => html`<time datetime="${time}">${time.slice(0, 19).replace('T', ' ')} UTC</time>`;

/** `84 ms`, `4.2 s`, `3 min 5 s`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return '–';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Milliseconds that a deployment took; undefined while it runs. */
export const tookMs = ({
  startedAt,
  finishedAt,
}: {
  readonly startedAt: string;
  readonly finishedAt?: string | undefined;
}): number | undefined => (finishedAt === undefined ? undefined : Date.parse(finishedAt) - Date.parse(startedAt));

/** A table that scrolls by itself where the window is narrow. */
export const table = (
  heads: readonly string[],
  rows: readonly (readonly (Html | string | number)[])[],
): Html => html`<div class="table"><table>
<thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
<tbody>
${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
