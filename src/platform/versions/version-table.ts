/** A JSON object, as it stands in a body. */
export type Json = Record<string, unknown>;

/** One difference between a version and the one before it: how a request gets up to it, and how an answer gets back. */
export interface VersionChange {
  title: string;
  /** For those who have to change their program, in Markdown without links. */
  description: string;
  /** Ids of the operations that it concerns, as in openapi.json. */
  operations: readonly string[];
  request?: {
    /** Fields of the body that got another name: old name -> new name. */
    renamed?: Readonly<Record<string, string>>;
    /** Query parameters that came with this version: the version before knows no such. */
    newInQuery?: readonly string[];
  };
  /** Makes of an answer the one that the version before gave. What it is given stays as it is. */
  answer?: (body: Json) => Json;
  /** The same for the data of a server-sent event. */
  event?: (data: Json, event: string) => Json;
}

export interface ApiVersion {
  /** The day since which it holds, `YYYY-MM-DD`: its name. */
  version: string;
  /** How it differs from the version before. */
  changes: readonly VersionChange[];
  /** When it was announced that it will end. */
  deprecatedAt?: string;
  /** From then on it is not served any more. */
  sunsetAt?: string;
  /** The version to go to; the latest if left out. */
  successor?: string;
  /** Path or address of a page that tells how; the changelog's chapter about the successor if left out. */
  guide?: string;
}

/** Every version there ever was, oldest first. A version that has ended stays, so that its callers are told where to go. */
export type VersionTable = readonly [ApiVersion, ...ApiVersion[]];

/** Gives fields of an object other names: name -> other name. The order stays. */
export function renameFields(names: Readonly<Record<string, string>>): (object: Json) => Json {
  const otherNames = new Map(Object.entries(names));
  return (object) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [otherNames.get(name) ?? name, value]));
}
