/** EventPost sends events to sessions, and wakes the runs that wait for them, wherever they are. */
import type { Clock } from '../base/clock.js';
import type { Value } from '../base/value.js';
import type { EventName } from '../host/host-call.js';
import type { SignalStore } from '../session/signal-store.js';
import type { Transaction } from '../storage/transaction.js';
import type { Sleepers } from './sleepers.js';

export class EventPost {
  constructor(
    private readonly signals: SignalStore,
    private readonly sleepers: Sleepers,
    private readonly clock: Clock,
  ) {}

  /** Sends an event as part of a change; {@link announce} it when the change is committed. */
  async send(tx: Transaction, event: EventName, payload: Value): Promise<void> {
    this.signals.send(tx, event.session, event.name, payload);
    await this.sleepers.wake(tx, event, this.clock.now());
  }

  /** Tells those who wait in this process. */
  announce({ session, name }: EventName): void {
    this.signals.announce(session, name);
  }
}
