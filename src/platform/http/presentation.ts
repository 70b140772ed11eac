import type { Response } from 'express';
import type { FieldError } from '../errors/index.js';

export const API_VERSION_HEADER = 'API-Version';

/** The version of the API that a request is served in, as its answer tells it. */
export const apiVersionOf = (response: Response): string => String(response.getHeader(API_VERSION_HEADER));

/** What requests of an older version of the API mean in the latest, and how what handlers return looks to their caller. */
export interface Presentation {
  /**
   * The body as the latest version knows it.
   * @throws ApiError VALIDATION_ERROR for a field that the older version does not have yet
   */
  upgrade(body: unknown): unknown;
  body(body: unknown): unknown;
  event(event: string, data: unknown): unknown;
  /** Under the names that the fields have for the caller. */
  fields(errors: FieldError[]): FieldError[];
}

type Presented = Response & { presentation?: Presentation; hasUpgradedBody?: boolean };

const presentationOf = (response: Response): Presentation | undefined => (response as Presented).presentation;

export function setPresentation(response: Response, presentation: Presentation): void {
  (response as Presented).presentation = presentation;
}

/** The body of the request as the latest version knows it. From then on its fields are refused under the caller's names. */
export function upgradeBody(response: Response, body: unknown): unknown {
  const presentation = presentationOf(response);
  if (!presentation) return body;
  const upgraded = presentation.upgrade(body);
  (response as Presented).hasUpgradedBody = true;
  return upgraded;
}

/** What a handler's result is on the wire, for whoever sends or stores it. */
export const presentBody = (response: Response, body: unknown): unknown => presentationOf(response)?.body(body) ?? body;

export const presentEvent = (response: Response, event: string, data: unknown): unknown =>
  presentationOf(response)?.event(event, data) ?? data;

export const presentFields = (response: Response, fields: FieldError[]): FieldError[] =>
  ((response as Presented).hasUpgradedBody && presentationOf(response)?.fields(fields)) || fields;
