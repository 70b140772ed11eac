import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Description } from '../openapi/description.js';
import { describeVersion } from '../openapi/older-version.js';
import { packageRoot } from '../platform/config/index.js';
import { ApiError } from '../platform/errors/index.js';
import { versions } from '../versions.js';

/** The OpenAPI document of every version, as this server returns it. Documents of older versions are created on demand. */
export class Documents {
  /** Bytes: a string would be encoded again for each caller. */
  private readonly bytes = new Map<string, Buffer>();
  /** The committed file, which CI checks against the code, so that nothing is generated at boot. */
  readonly latest: Description;

  constructor(publicUrl: string) {
    const committed = JSON.parse(readFileSync(join(packageRoot, 'openapi.json'), 'utf8')) as Description;
    this.latest = { ...committed, servers: [{ url: publicUrl, description: 'This server' }] };
    this.bytes.set(this.latest.info.version, toBytes(this.latest));
  }

  /** @throws ApiError BAD_REQUEST for a version that does not exist */
  get(version: unknown = this.latest.info.version): Buffer {
    const names = versions.map((entry) => entry.version);
    if (typeof version !== 'string' || !names.includes(version)) {
      throw new ApiError('BAD_REQUEST', { detail: `\`version\` must be one of ${names.join(', ')}.` });
    }
    const bytes = this.bytes.get(version) ?? toBytes(describeVersion(this.latest, versions, version));
    this.bytes.set(version, bytes);
    return bytes;
  }
}

const toBytes = (description: Description): Buffer => Buffer.from(JSON.stringify(description));
