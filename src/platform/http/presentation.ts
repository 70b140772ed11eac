import type { Response } from 'express';
import type { FieldError } from '../errors/index.js';

export const API_VERSION_HEADER = 'API-Version';

/** The API version of the response, from its header. */
export const apiVersionOf = (response: Response): string => String(response.getHeader(API_VERSION_HEADER));

/** Translates between an older API version and the latest one, which handlers use. */
export interface Presentation {
  /**
   * The body in the latest version.
   * @throws ApiError VALIDATION_ERROR for a field that the older version does not have
   */
  upgrade(body: unknown): unknown;
  body(body: unknown): unknown;
  event(event: string, data: unknown): unknown;
  /** The errors with the caller's field names. */
  fields(errors: FieldError[]): FieldError[];
}

type Presented = Response & { presentation?: Presentation; hasUpgradedBody?: boolean };

const presentationOf = (response: Response): Presentation | undefined => (response as Presented).presentation;

export function setPresentation(response: Response, presentation: Presentation): void {
  (response as Presented).presentation = presentation;
}

/** The body of the request in the latest version. From then on, validation errors use the caller's field names. */
export function upgradeBody(response: Response, body: unknown): unknown {
  const presentation = presentationOf(response);
  if (!presentation) return body;
  const upgraded = presentation.upgrade(body);
  (response as Presented).hasUpgradedBody = true;
  return upgraded;
}

/** A handler's result in the caller's version, to be sent or stored. */
export const presentBody = (response: Response, body: unknown): unknown => presentationOf(response)?.body(body) ?? body;

export const presentEvent = (response: Response, event: string, data: unknown): unknown =>
  presentationOf(response)?.event(event, data) ?? data;

export const presentFields = (response: Response, fields: FieldError[]): FieldError[] =>
  ((response as Presented).hasUpgradedBody && presentationOf(response)?.fields(fields)) || fields;
