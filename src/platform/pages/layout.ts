import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'express';
import { packageRoot, type Instance } from '../config/index.js';
import { Html, html } from './html.js';

/** The content of a page. Everything else is the same for all pages. */
export interface PageContent {
  /** Title in the browser's tab, before the name of the instance. The body contains the page's own heading. */
  title: string;
  /** The content of `<main>`. */
  body: Html;
  /** A centered card for a single task. Otherwise the page is wide, for reading, with links to the other pages. */
  isCard?: boolean;
  /** JavaScript that may run and call this server. */
  script?: string;
  /** Where forms may lead, as sources of a content security policy: their action, and each redirect that follows. */
  formTargets?: string[];
}

/** A page as it is sent. */
export interface Page {
  text: string;
  /** Its type, and a policy that allows only its own style and script, and calls to this server if it has a script. */
  headers: Record<string, string>;
}

/** A text file of the folder `pages`. */
export const readPageFile = (name: string): string => readFileSync(join(packageRoot, 'pages', name), 'utf8');

const style = readPageFile('page.css');
const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const styleSource = sourceOf(style);
// Must not change: the policy contains its hash.
const styleElement = new Html(`<style>${style}</style>`);

/** The logo: two passages of a document, one of them quoted. */
const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#2b4fd1"/><path d="M9 10h14M9 16h9M9 22h5" stroke="#fff" stroke-width="3" stroke-linecap="round"/><circle cx="22" cy="21" r="3" fill="#9db8ff"/></svg>`;

/** The logo in the tab of a browser. */
export const icon = html`<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(MARK)}" />`;

const NAVIGATION = { '/docs': 'Documentation', '/changelog': 'Changelog', '/errors': 'Errors' };

/**
 * The layout of all pages. It is self-contained and loads nothing but the logo of the installation, if that has its own.
 */
export function layout(instance: Instance, { title, body, isCard = false, script, formTargets }: PageContent): Page {
  const { name, logoUrl } = instance;
  const logo = logoUrl === undefined ? new Html(MARK) : html`<img src="${logoUrl}" alt="" height="28" />`;
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === name ? title : `${title} · ${name}`}</title>
        ${icon} ${styleElement}
      </head>
      <body class="${isCard ? 'card' : 'article'}">
        <header>
          <a class="brand" href="/">${logo}<span>${name}</span></a>
          ${isCard ? undefined : navigation}
        </header>
        <main>${body}</main>
        ${script === undefined ? undefined : new Html(`<script>${script}</script>`)}
      </body>
    </html> `;
  return {
    text: text.toString(),
    headers: { 'Content-Type': 'text/html; charset=utf-8', ...policyFor({ script, logoUrl, formTargets }) },
  };
}

const navigation = html`<nav aria-label="API">
  ${Object.entries(NAVIGATION).map(([path, name]) => html`<a href="${path}">${name}</a>`)}
</nav>`;

interface Allowed {
  script: string | undefined;
  logoUrl: string | undefined;
  formTargets: string[] | undefined;
}

function policyFor({ script, logoUrl, formTargets = ["'none'"] }: Allowed): Record<string, string> {
  const policy = [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`, "connect-src 'self'"]),
    `style-src ${styleSource}`,
    `img-src data:${logoUrl === undefined ? '' : ` ${logoUrl}`}`,
    "base-uri 'none'",
    `form-action ${formTargets.join(' ')}`,
    "frame-ancestors 'none'",
  ];
  return { 'Content-Security-Policy': policy.join('; '), 'Referrer-Policy': 'no-referrer' };
}

export function sendPage(response: Response, { text, headers }: Page): void {
  response.set(headers).send(text);
}
