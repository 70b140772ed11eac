import type { Request } from 'express';

/** Looks at a body that has been read and not validated yet; throws when it asks for more than its caller may. */
type BodyRule = (body: unknown) => void;

const rules = new WeakMap<Request, BodyRule>();

/** Puts on a request what its body is held to. Done by the guard that lets its caller through. */
export function setBodyRule(request: Request, rule: BodyRule): void {
  rules.set(request, rule);
}

/** @throws what the rule of the request throws */
export const requireOfBody = (request: Request): void => rules.get(request)?.(request.body);
