export { extendStatement, LEASE_IS_FREE, leaseUntil } from './lease-sql.js';
export { LeaseLost, Leases } from './leases.js';
