/** The part of autocannon's interface that the benchmark uses; the package has no types. */
declare module 'autocannon' {
  interface Result {
    duration: number;
    errors: number;
    non2xx: number;
    requests: { total: number };
    latency: { p50: number; p99: number };
  }

  export interface Sent {
    method: 'POST';
    headers: Record<string, string>;
    body: string;
  }

  export default function autocannon(options: {
    url: string;
    connections: number;
    headers?: Record<string, string>;
    duration?: number;
    amount?: number;
    requests?: (Sent & { setupRequest: (request: Sent) => Sent })[];
  }): Promise<Result>;
}
