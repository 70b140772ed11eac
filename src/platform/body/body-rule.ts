import type { Request } from 'express';

/** Checks a body that has been read but not validated. Throws if it requests more than the caller is allowed. */
type BodyRule = (body: unknown) => void;

const rules = new WeakMap<Request, BodyRule>();

/** Attaches the rule that the request's body must meet. The guard that admits the caller does this. */
export function setBodyRule(request: Request, rule: BodyRule): void {
  rules.set(request, rule);
}

/** @throws the error of the request's rule */
export const requireOfBody = (request: Request): void => rules.get(request)?.(request.body);
