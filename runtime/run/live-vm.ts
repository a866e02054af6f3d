/** LiveVm is the VM of a run: in memory while Lua has something to do, put away as a photograph while it has not. */
import { SpellError } from '../base/errors.js';
import type { RunVm, Soon, VmImage } from '../engine/engine.js';
import type { WakeUp } from './run-keeper.js';
import type { VmSlot, VmSlots } from './vm-slots.js';

export class LiveVm {
  #vm: RunVm | undefined;
  #slot: VmSlot | undefined;
  #wakeUp: WakeUp | undefined;

  /** @param make Makes a new VM, or one that was photographed. */
  constructor(
    private readonly slots: VmSlots,
    private readonly make: (image: VmImage | undefined) => Soon<RunVm>,
  ) {}

  /** Makes the VM when there is a place for it. */
  async start(image: VmImage | undefined, signal: AbortSignal): Promise<void> {
    this.#slot = await this.slots.take(signal);
    this.#vm = await this.make(image);
  }

  /** The VM; nobody asks for it while it is put away. */
  get vm(): RunVm {
    if (this.#vm === undefined) throw new SpellError('INTERNAL', 'the VM of the run is put away');
    return this.#vm;
  }

  get isAwake(): boolean {
    return this.#vm !== undefined;
  }

  /** True when another run wants the place of this VM, which has nothing to do. */
  get isInTheWay(): boolean {
    return this.#slot?.isAsked ?? false;
  }

  /** The VM waits for the host. @param giveWay Called when another run wants its place. */
  rest(giveWay: () => void): void {
    this.#slot?.rest(giveWay);
  }

  /** The VM has to stay in memory although it is in the way. */
  stay(): void {
    this.#slot?.decline();
  }

  /** Frees the memory of the VM and its place. */
  putAway(wakeUp: WakeUp): void {
    this.#wakeUp = wakeUp;
    this.dispose();
  }

  /** There is something for the VM to do. */
  async wake(signal: AbortSignal): Promise<void> {
    this.#slot?.stir();
    if (this.#wakeUp === undefined) return;
    this.#slot = await this.slots.take(signal);
    this.#vm = await this.make(await this.#wakeUp());
    this.#wakeUp = undefined;
  }

  dispose(): void {
    this.#vm?.dispose();
    this.#vm = undefined;
    this.#slot?.release();
    this.#slot = undefined;
  }
}
