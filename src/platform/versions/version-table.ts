/** A JSON object in a body. */
export type Json = Record<string, unknown>;

/** One difference between a version and the previous one: how to upgrade a request, and how to convert its response back. */
export interface VersionChange {
  title: string;
  /** For developers who have to change their program, in Markdown without links. */
  description: string;
  /** Ids of the affected operations, as in openapi.json. */
  operations: readonly string[];
  request?: {
    /** Renamed fields of the body: old name -> new name. */
    renamed?: Readonly<Record<string, string>>;
    /** Query parameters that this version adds. */
    newInQuery?: readonly string[];
  };
  /**
   * Words that this version adds to enums of responses: field -> new words. `answer` and `event` replace them, and the
   * document of the previous version omits them.
   */
  newWords?: Readonly<Record<string, readonly string[]>>;
  /** Converts a response to that of the previous version. Must not change its argument. */
  answer?: (body: Json) => Json;
  /** The same for the data of a server-sent event. */
  event?: (data: Json, event: string) => Json;
}

export interface ApiVersion {
  /** Its name: the day from which it is available, `YYYY-MM-DD`. */
  version: string;
  /** Changes since the previous version. */
  changes: readonly VersionChange[];
  /** When it was deprecated. */
  deprecatedAt?: string;
  /** From then on it is no longer served. */
  sunsetAt?: string;
  /** The version to migrate to; the latest if omitted. */
  successor?: string;
  /** Path or address of a migration guide; the changelog's section about the successor if omitted. */
  guide?: string;
}

/** Every version so far, oldest first. Versions that have ended stay, so that their callers are referred to the guide. */
export type VersionTable = readonly [ApiVersion, ...ApiVersion[]];

/** Renames fields of an object: name -> other name. Their order stays. */
export function renameFields(names: Readonly<Record<string, string>>): (object: Json) => Json {
  const otherNames = new Map(Object.entries(names));
  return (object) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [otherNames.get(name) ?? name, value]));
}
