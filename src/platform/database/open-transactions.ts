import { AsyncLocalStorage } from 'node:async_hooks';
import { hasEnded, type Collection, type Transaction } from './transaction.js';

/** The open transaction of each asynchronous call. It travels with the call and not as a parameter. */
export class OpenTransactions {
  private readonly storage = new AsyncLocalStorage<Transaction | Collection>();

  /** Undefined if nothing is open any more. */
  find(): Transaction | Collection | undefined {
    const open = this.storage.getStore();
    return open && !hasEnded(open) ? open : undefined;
  }

  /** The transaction in which SQL may run now. */
  get(): Transaction {
    const open = this.storage.getStore();
    if (!open) throw new Error('No open transaction: call asTenant() or asPlatform() first');
    if (hasEnded(open)) throw new Error('The transaction has ended');
    if (open.questions) throw new Error('Reads that are sent together have nothing but query() and select()');
    // Otherwise the query would run with the rights of the open scope.
    if (open.nested?.isOpen) throw new Error('A scope within the shared transaction is open');
    return open;
  }

  run<T>(open: Transaction | Collection, work: () => T): T {
    return this.storage.run(open, work);
  }

  /** Runs `work` with nothing open. */
  exit<T>(work: () => T): T {
    return this.storage.exit(work);
  }

  /** Runs the callbacks that a transaction or scope has collected for its end. */
  runBeforeCommit(transaction: Transaction): Promise<void> {
    return this.run(transaction, async () => {
      for (const last of transaction.beforeCommit) await last();
    });
  }
}
