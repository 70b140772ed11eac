import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'express';
import { packageRoot } from '../config/index.js';
import { Html, html } from './html.js';

/** What a page shows; all else about it is the same for every page. */
export interface PageContent {
  /** In the browser's tab, before the name of the instance. The page's own heading is part of the body. */
  title: string;
  /** The content of `<main>`. */
  body: Html;
  /** A card in the middle for one thing to do; otherwise wide, with links to the other pages, for something to read. */
  isCard?: boolean;
  /** JavaScript that may run, and may call this server. */
  script?: string;
}

/** A page as it is sent. */
export interface Page {
  text: string;
  /** Its type, and a policy that allows its own style and script, calls to this server if it has a script, and nothing else. */
  headers: Record<string, string>;
}

/** A text of the folder `pages`. */
export const readPageFile = (name: string): string => readFileSync(join(packageRoot, 'pages', name), 'utf8');

const style = readPageFile('page.css');
const sourceOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const styleSource = sourceOf(style);
// To the letter: the policy names its hash.
const styleElement = new Html(`<style>${style}</style>`);

/** Two passages of a document, one of them quoted. */
const MARK = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#2b4fd1"/><path d="M9 10h14M9 16h9M9 22h5" stroke="#fff" stroke-width="3" stroke-linecap="round"/><circle cx="22" cy="21" r="3" fill="#9db8ff"/></svg>`;

const NAVIGATION = { '/docs': 'Documentation', '/changelog': 'Changelog', '/errors': 'Errors' };

/**
 * The one layout of all pages: whole in itself, so that it loads nothing.
 * @param instance the name of this installation (`INSTANCE_NAME`)
 */
export function layout(instance: string, { title, body, isCard = false, script }: PageContent): Page {
  const text = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title === instance ? title : `${title} · ${instance}`}</title>
        <link rel="icon" href="data:image/svg+xml,${encodeURIComponent(MARK)}" />
        ${styleElement}
      </head>
      <body class="${isCard ? 'card' : 'article'}">
        <header>
          <a class="brand" href="/">${new Html(MARK)}<span>${instance}</span></a>
          ${isCard ? undefined : navigation}
        </header>
        <main>${body}</main>
        ${script === undefined ? undefined : new Html(`<script>${script}</script>`)}
      </body>
    </html> `;
  return { text: text.toString(), headers: { 'Content-Type': 'text/html; charset=utf-8', ...policyFor(script) } };
}

const navigation = html`<nav aria-label="API">
  ${Object.entries(NAVIGATION).map(([path, name]) => html`<a href="${path}">${name}</a>`)}
</nav>`;

function policyFor(script: string | undefined): Record<string, string> {
  const policy = [
    "default-src 'none'",
    ...(script === undefined ? [] : [`script-src ${sourceOf(script)}`, "connect-src 'self'"]),
    `style-src ${styleSource}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { 'Content-Security-Policy': policy.join('; '), 'Referrer-Policy': 'no-referrer' };
}

export function sendPage(response: Response, { text, headers }: Page): void {
  response.set(headers).send(text);
}
