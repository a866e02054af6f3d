/**
 * The thread that a VM has for itself: runs what the run orders, and asks it for every call of the host. It waits for
 * each answer without turning its event loop, since Lua can't go on before.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SpellError, toSpellError } from '../../base/errors.js';
import { Abandon, type HostArguments, type HostFunction, type Vm } from '../engine.js';
import { decodeResult } from '../result-bytes.js';
import { createWasmoonEngine } from '../wasmoon/wasmoon-engine.js';
import { packArguments } from './sent-arguments.js';
import {
  type Order,
  type PackedAnswer,
  packError,
  packImage,
  packStep,
  type Report,
  type ThreadSetup,
  unpackError,
  unpackOutcome,
  unpackValues,
} from './wire.js';

const { functions, preludes, memoryLimitBytes, image, answers, bell } = workerData as ThreadSetup;
const rung = new Int32Array(bell);
let ended: string[] = [];
let vm: Vm;

const tell = (report: Report) => parentPort?.postMessage(report);

const endedSince = () => {
  const since = ended;
  ended = [];
  return since;
};

function hostFunction(described: Omit<HostFunction, 'call'>, fn: number): HostFunction {
  return {
    ...described,
    call: (args) => {
      const answer = ask(fn, args);
      switch (answer.is) {
        case 'result':
          return decodeResult(answer.result);
        case 'waiting':
          return args.wait();
        case 'error':
          throw unpackError(answer.error);
        case 'abandon':
          throw new Abandon(new SpellError('ABORTED', 'the run was given up'));
      }
    },
  };
}

function ask(fn: number, args: HostArguments): PackedAnswer {
  tell({
    is: 'call',
    fn,
    branch: args.branch,
    where: args.where(),
    args: packArguments(args),
    nextCall: args.nextCall,
    ended: endedSince(),
  });
  Atomics.wait(rung, 0, 0);
  Atomics.store(rung, 0, 0);
  return receiveMessageOnPort(answers)?.message;
}

function makeVm(): Vm {
  const engine = createWasmoonEngine();
  const options = {
    memoryLimitBytes,
    functions: functions.map(hostFunction),
    preludes,
    branchEnded: (path: string) => ended.push(path),
  };
  return image === undefined
    ? engine.createVm(options)
    : (engine.restoreVm?.(options, image) as Vm);
}

function obey(order: Order): Report {
  switch (order.do) {
    case 'make':
      vm = makeVm();
      return { is: 'done' };
    case 'start':
      return step(vm.start(order.chunk, unpackValues(order.args)));
    case 'resume':
      return step(vm.resume(order.call, unpackOutcome(order.outcome)));
    case 'finish':
      return step(vm.finish());
    case 'snapshot':
      return { is: 'image', image: packImage((vm.snapshot as NonNullable<Vm['snapshot']>)()) };
    case 'seed':
      vm.seed(order.first, order.second);
      return { is: 'done' };
    case 'setGlobal':
      vm.setGlobal(order.name, unpackValues(order.value)[0]);
      return { is: 'done' };
  }
}

function step(made: Parameters<typeof packStep>[0]): Report {
  const { holdsOutcomes } = vm;
  return { is: 'step', step: packStep(made), ended: endedSince(), holdsOutcomes };
}

parentPort?.on('message', (order: Order) => {
  try {
    tell(obey(order));
  } catch (thrown) {
    const isOfTheRun = thrown instanceof Abandon;
    tell({ is: 'broken', error: isOfTheRun ? undefined : packError(toSpellError(thrown)) });
  }
});
