import { type Html, html } from './html.ts';
import { page, rootFrom } from './page.ts';

/** Said by the address itself: asked for by this windlass's own page. */
export const againMark = 'again';

interface SignInPage {
  /** Where it is shown. */
  readonly path: string;
  /** Where whoever has signed in comes to. */
  readonly back: string;
  readonly message?: string;
  readonly retry: boolean;
}

/**
 * A form for the admin token. A browser that follows a link from elsewhere does not show its session (SameSite=Strict): with `retry`
 * it asks once more from here.
 */
export const signInPage = ({ path, back, message, retry }: SignInPage): Html =>
  page({
    title: 'windlass: sign in',
    path,
    signedIn: false,
    again: retry ? { seconds: 0, at: `?${againMark}` } : undefined,
    body: html`<section class="narrow">
<h1>Sign in</h1>
${message === undefined ? '' : html`<p class="message" role="alert">${message}</p>`}
<form method="post" action="${rootFrom(path)}sign-in">
<input type="hidden" name="path" value="${back}">
<label for="token">Admin token</label>
<input id="token" type="password" name="token" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>
<p class="about"><code>windlass token</code> shows it on the controller.</p>
</section>`,
  });

interface ErrorPage {
  readonly path: string;
  readonly title: string;
  readonly message: string;
  readonly signedIn: boolean;
}

/** Something that cannot be shown, and why. */
export const errorPage = ({ title, message, ...about }: ErrorPage): Html =>
  page({ ...about, title: `windlass: ${title}`, body: html`<section class="narrow"><h1>${title}</h1><p>${message}</p></section>` });
