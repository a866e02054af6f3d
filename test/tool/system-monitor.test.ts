import { describe, expect, it } from 'vitest';
import { systemMonitor } from '../../runtime/tool/builtin/system-monitor.js';
import { denied, failed, localTools } from './local-tools.js';

const open = () => localTools('system-monitor');

describe('system-monitor', () => {
  it('tells of processors, memory, disk and process', async () => {
    const { result } = await open();
    const cpu = await result({ operation: 'cpu', sample_ms: 20 });
    expect(cpu.cores).toBeGreaterThan(0);
    expect(cpu.usage_percent).toBeGreaterThanOrEqual(0);
    expect(cpu.usage_percent).toBeLessThanOrEqual(100);
    expect(cpu.load_average).toHaveLength(3);
    const memory = await result({ operation: 'memory' });
    expect(memory.used + memory.available).toBe(memory.total);
    const disk = await result({ operation: 'disk' });
    expect(disk).toMatchObject({ path: '.' });
    expect(disk.used + disk.free).toBe(disk.total);
    const process = await result({ operation: 'process' });
    expect(process.memory).toBeGreaterThan(process.heap_used);
  });

  it('tells all when it is not asked for one', async () => {
    const { result } = await open();
    const all = await result({ sample_ms: 10 });
    expect(Object.keys(all).sort()).toEqual(['cpu', 'disk', 'memory', 'process', 'uptime_seconds']);
  });

  it('tells of open disks only', async () => {
    const { call, result } = await open();
    expect((await result({ operation: 'disk', path: '.' })).total).toBeGreaterThan(0);
    expect(await call({ operation: 'disk', path: '/' })).toMatchObject(denied('file_read_roots'));
    expect(await call({ operation: 'disk', path: 'none' })).toMatchObject(failed('FILE_NOT_FOUND'));
  });

  it('is pure, can be aborted, and refuses what it does not know', async () => {
    const { call } = await open();
    expect(systemMonitor.effect).toBe('pure');
    const controller = new AbortController();
    const watching = call({ operation: 'cpu', sample_ms: 10_000 }, { signal: controller.signal });
    controller.abort();
    await expect(watching).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(call({ operation: 'gpu' })).rejects.toMatchObject({ key: '/operation' });
    await expect(call({ operation: 'memory', path: '.' })).rejects.toMatchObject({ key: '/path' });
  });
});
