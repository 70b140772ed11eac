import type { Request } from 'express';

/** Checks a body that has been read but not validated. Throws if it asks for more than its caller may have. */
type BodyRule = (body: unknown) => void;

const rules = new WeakMap<Request, BodyRule>();

/** Attaches the rule that the request's body must meet. The guard that admits the caller does this. */
export function setBodyRule(request: Request, rule: BodyRule): void {
  rules.set(request, rule);
}

/** @throws what the rule of the request throws */
export const requireOfBody = (request: Request): void => rules.get(request)?.(request.body);
