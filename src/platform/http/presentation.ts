import type { Response } from 'express';
import type { FieldError } from '../errors/index.js';

export const API_VERSION_HEADER = 'API-Version';

/** The version of the API that a request is served in, as its answer tells it. */
export const apiVersionOf = (response: Response): string => String(response.getHeader(API_VERSION_HEADER));

/** The name of an operation in openapi.json. */
export const operationIdOf = (controller: string, method: string): string =>
  `${controller.replace('Controller', '')}_${method}`;

/** How what handlers return looks to a caller of an older version of the API. */
export interface Presentation {
  body(body: unknown): unknown;
  event(event: string, data: unknown): unknown;
  /** Under the names that the fields have for the caller. */
  fields(errors: FieldError[]): FieldError[];
}

type Presented = Response & { presentation?: Presentation };

const presentationOf = (response: Response): Presentation | undefined => (response as Presented).presentation;

export function setPresentation(response: Response, presentation: Presentation): void {
  (response as Presented).presentation = presentation;
  const json = response.json.bind(response);
  response.json = (body: unknown) => json(presentation.body(body));
}

/** What a handler's result is on the wire, for whoever stores the answer. */
export const presentBody = (response: Response, body: unknown): unknown => presentationOf(response)?.body(body) ?? body;

export const presentEvent = (response: Response, event: string, data: unknown): unknown =>
  presentationOf(response)?.event(event, data) ?? data;

export const presentFields = (response: Response, fields: FieldError[]): FieldError[] =>
  presentationOf(response)?.fields(fields) ?? fields;
