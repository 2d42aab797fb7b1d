import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HostVitals } from '../model/host.ts';

/** Reads how this process is, each time since the time before. */
export function createVitals(version: string): { read(): HostVitals; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  return {
    read: () => {
      const lagSeconds = delay.max / 1e9;
      delay.reset();
      return { version, residentBytes: process.memoryUsage.rss(), lagSeconds };
    },
    close: () => void delay.disable(),
  };
}
