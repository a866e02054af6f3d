/** The private functions by which scripts learn how this machine and its network are doing. */
import { pause } from '../../../runtime/base/pause.js';
import type { HostObject } from '../../../runtime/base/value.js';
import type { BandwidthMeter } from '../../../runtime/conversation/bandwidth.js';
import { readMachineLoad } from '../../../runtime/conversation/machine-load.js';
import { isLocal, probe } from '../../../runtime/conversation/reachability.js';
import { type GlobalFunction, globalFunction } from '../../../runtime/run/globals.js';
import type { Services } from '../../../runtime/services.js';
import { text } from '../arguments.js';

export type OpenMeter = () => Promise<BandwidthMeter>;

/** The meter of a runtime, which is made when a run first asks for it. */
export function bandwidthMeter({ config, clock }: Services): OpenMeter {
  let made: Promise<BandwidthMeter> | undefined;
  return () => {
    made ??= import('../../../runtime/conversation/bandwidth.js').then(
      ({ BandwidthMeter }) => new BandwidthMeter(config, clock),
    );
    return made;
  };
}

export function monitorModule(services: Services, meter: OpenMeter): GlobalFunction[] {
  return [
    globalFunction<undefined>({
      path: 'host.machine_load',
      parse: () => undefined,
      operation: {
        op: 'monitor.resources',
        kind: 'external',
        waits: true,
        effect: () => 'pure',
        perform: async (_, { signal }) => {
          const { readGpuLoad } = await import('../../../runtime/conversation/gpu-load.js');
          const [load, gpuPercent] = await Promise.all([
            readMachineLoad((ms) => pause(ms, signal)),
            readGpuLoad(signal),
          ]);
          return {
            cpu_percent: load.cpuPercent,
            memory_percent: load.memoryPercent,
            gpu_percent: gpuPercent,
            processors: load.processors,
          };
        },
      },
    }),
    globalFunction<string>({
      path: 'host.provider_of_type',
      parse: (args) => text(args, 1),
      operation: {
        op: 'monitor.provider',
        kind: 'state',
        waits: true,
        perform: async (type): Promise<HostObject> => {
          const { registry } = await services.models();
          const found = registry.list().find((provider) => provider.type === type);
          const { name, baseUrl } = found ?? registry.get(type);
          return { name, is_local: baseUrl === undefined || isLocal(baseUrl) };
        },
      },
    }),
    globalFunction<string>({
      path: 'host.reach_provider',
      parse: (args) => text(args, 1),
      operation: {
        op: 'monitor.connectivity',
        kind: 'external',
        waits: true,
        effect: () => 'pure',
        // Only providers of the configuration are connected to: a script can't scan a network with it.
        perform: async (name, { signal }): Promise<HostObject> => {
          const { baseUrl } = (await services.models()).registry.get(name);
          if (baseUrl === undefined) return { latency_ms: 0, packet_loss: 0 };
          const { url, latencyMs, lossPercent } = await probe(baseUrl, signal);
          return { url, latency_ms: latencyMs ?? undefined, packet_loss: lossPercent };
        },
      },
    }),
    globalFunction<undefined>({
      path: 'host.bandwidth',
      parse: () => undefined,
      operation: {
        op: 'monitor.bandwidth',
        kind: 'external',
        waits: true,
        effect: () => 'pure',
        perform: async (_, { signal, decided }): Promise<HostObject> => ({
          ...(await (await meter()).read(signal, decided)),
        }),
      },
    }),
  ];
}
