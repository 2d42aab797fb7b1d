import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, pino } from 'pino';

/** The part of a logger that windlass uses: a fixed message and fields. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Log;
}

const following = new AsyncLocalStorage<object>();

/** Every line that is logged while `work` is done, however deep down, has these fields: the ids by which somebody follows a push. */
export const withLogFields = <T>(fields: object, work: () => T): T => following.run({ ...following.getStore(), ...fields }, work);

/** JSON lines on stderr, or elsewhere; `level` is pino's (`info` by default). */
export function createLog(level = 'info', destination: DestinationStream = pino.destination({ dest: 2, sync: true })): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ ...following.getStore() }),
    },
    destination,
  );
}

export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => silentLog };
