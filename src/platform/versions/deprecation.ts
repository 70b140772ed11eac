import type { Response } from 'express';
import type { Deprecation } from '../http/index.js';
import type { ApiVersion } from './version-table.js';

/** The section of the changelog about a version. */
const chapterOf = (version: string): string => `/changelog#${version}`;

/** The URL of a link. A path is relative to the public URL of this server, which can have a path itself. */
export const addressOf = (link: string, publicUrl: string): string =>
  URL.canParse(link) ? link : `${publicUrl}${link}`;

/** The successor of a version and the guide to it; undefined if the version is not deprecated. */
export function deprecationOf(entry: ApiVersion, latest: string): Deprecation | undefined {
  const { deprecatedAt, sunsetAt } = entry;
  if (!deprecatedAt) return undefined;
  const successor = chapterOf(entry.successor ?? latest);
  return { since: deprecatedAt, ...(sunsetAt && { sunset: sunsetAt }), successor, guide: entry.guide ?? successor };
}

/** Announces deprecations: Deprecation (RFC 9745), Sunset (RFC 8594) and Links to successors and guides. */
export function setDeprecationHeaders(response: Response, deprecations: Deprecation[], publicUrl: string): void {
  response.setHeader('Deprecation', `@${earliest(deprecations.map(({ since }) => since)) / 1000}`);
  const sunsets = deprecations.flatMap(({ sunset }) => sunset ?? []);
  if (sunsets.length > 0) response.setHeader('Sunset', new Date(earliest(sunsets)).toUTCString());
  const link = (path: string, relation: string): string => `<${addressOf(path, publicUrl)}>; rel="${relation}"`;
  const links = deprecations.flatMap(({ successor, guide }) => [
    ...(successor ? [link(successor, 'successor-version')] : []),
    ...(guide ? [link(guide, 'deprecation')] : []),
  ]);
  if (links.length > 0) response.append('Link', links.join(', '));
}

const earliest = (times: string[]): number => Math.min(...times.map((time) => Date.parse(time)));
