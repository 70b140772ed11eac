import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { BodyReader } from '../../platform/body/index.js';
import { ApiError } from '../../platform/errors/index.js';

const MAX_BYTES = 64 * 1024;
const MAX_SHOWN = 50;
const FORM = 'application/x-www-form-urlencoded';

/** Reads the bodies of the protocol, which are not those of the API. All methods throw ApiError for one that is refused. */
@Injectable()
export class RequestBodies {
  constructor(private readonly reader: BodyReader) {}

  /** The body as a form. The protocol has forms only (RFC 6749), but clients send JSON, too. */
  async readForm(request: Request): Promise<URLSearchParams> {
    const body = await this.read(request);
    if (request.is('application/json')) return formOf(parseObject(body));
    if (body.length > 0 && !request.is(FORM)) throw invalid('The request body must be a form or JSON.');
    return new URLSearchParams(body.toString('utf8'));
  }

  /** The form that a browser sent. */
  async readPageForm(request: Request): Promise<URLSearchParams> {
    if (!request.is(FORM)) throw invalid(`Only ${FORM} is supported here.`);
    return new URLSearchParams((await this.read(request)).toString('utf8'));
  }

  async readObject(request: Request): Promise<Record<string, unknown>> {
    return parseObject(await this.read(request));
  }

  private read(request: Request): Promise<Buffer> {
    return this.reader.readBytes(request, MAX_BYTES);
  }
}

/** The same request with a form as its body. */
export const withForm = (request: Request, form: URLSearchParams): Request => withBody(request, form.toString(), FORM);

/** The same request with a JSON body. */
export const withJson = (request: Request, value: object): Request =>
  withBody(request, JSON.stringify(value), 'application/json');

function withBody(request: Request, text: string, type: string): Request {
  const body = Buffer.from(text);
  const headers = { ...request.headers, 'content-type': type, 'content-length': String(body.length) };
  const { method, path, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor } = request;
  const rest = { headers, method, path, url, originalUrl, socket, httpVersion, httpVersionMajor, httpVersionMinor };
  return Object.assign(Readable.from([body], { objectMode: false }), rest) as unknown as Request;
}

function formOf(object: Record<string, unknown>): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object') throw invalid(`${name.slice(0, MAX_SHOWN)} must be a string.`);
    // A number or boolean becomes text here.
    form.append(name, value as string);
  }
  return form;
}

function parseObject(bytes: Buffer): Record<string, unknown> {
  try {
    if (!isUtf8(bytes)) throw new SyntaxError();
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // As for JSON that is no object.
  }
  throw invalid('The request body must be a JSON object.');
}

const invalid = (detail: string): ApiError => new ApiError('BAD_REQUEST', { detail });
