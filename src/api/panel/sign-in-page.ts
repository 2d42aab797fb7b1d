import { type Html, html } from './html.ts';
import { page } from './page.ts';

/** Said by the address itself: asked for by this windlass's own page. */
export const againMark = 'again';

/**
 * A form for the admin token; whoever has signed in comes back to `path`.
 * A browser that follows a link from elsewhere does not show its session (SameSite=Strict): with `retry` it asks once more from here.
 */
export const signInPage = ({ path, message, retry }: { readonly path: string; readonly message?: string; readonly retry: boolean }): Html =>
  page({
    title: 'windlass: sign in',
    signedIn: false,
    again: retry ? { seconds: 0, at: `${path}?${againMark}` } : undefined,
    body: html`<section class="narrow">
<h1>Sign in</h1>
${message === undefined ? '' : html`<p class="message" role="alert">${message}</p>`}
<form method="post" action="/sign-in">
<input type="hidden" name="path" value="${path}">
<label for="token">Admin token</label>
<input id="token" type="password" name="token" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p class="about"><code>windlass token</code> shows it on the controller.</p>
</section>`,
  });

/** Something that cannot be shown, and why. */
export const errorPage = ({
  title,
  message,
  signedIn,
}: {
  readonly title: string;
  readonly message: string;
  readonly signedIn: boolean;
}): Html =>
  page({ title: `windlass: ${title}`, signedIn, body: html`<section class="narrow"><h1>${title}</h1><p>${message}</p></section>` });
