import type { Finding } from '../model/documents.ts';
import type { DiskFacts, Examination } from '../model/examination.ts';
import { findingsOf } from './finding.ts';
import { judgeEngine } from './judge-engine.ts';

const [mebi, gibi] = [2 ** 20, 2 ** 30];
/** Below this an image or an append-only file may not fit any more. */
const least = { state: 200 * mebi, engine: 2 * gibi };

/** Room on a disk, and whether it can be written to. */
export function judgeDisk(subject: string, { what, path, free, total, writeError }: DiskFacts): Finding {
  const { ok, advice, wrong, untried } = findingsOf('disk', subject);
  if (writeError !== undefined)
    return wrong(`${what} ${path} cannot be written to: ${writeError}`, `give it to the user who runs windlass, or set another place`);
  if (free === undefined || total === undefined) return untried(`${what} ${path} cannot be seen from where the agent runs`);
  const room = `${what} ${path} has ${bytes(free)} of ${bytes(total)} free`;
  const needed = what.includes('engine') ? least.engine : least.state;
  if (free < needed)
    return wrong(
      room,
      what.includes('engine')
        ? '"docker system df" shows what takes it; windlass itself removes what it built and no longer needs'
        : 'make room on that disk: windlass refuses pushes when it cannot keep them',
    );
  if (free < total / 10 && free < 10 * gibi) return advice(room, 'make room before it is full');
  return ok(room);
}

/** A difference of clocks, in milliseconds: `subject` is ahead where it is positive. */
export function judgeClock(subject: string, aheadMs: number): Finding {
  const { ok, advice, wrong } = findingsOf('clock', subject);
  const seconds = Math.abs(aheadMs) / 1_000;
  const message = `its clock is ${seconds.toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} the controller's`;
  if (seconds > 60)
    return wrong(
      message,
      'let both keep time (chrony, systemd-timesyncd): signed webhooks are refused beyond five minutes, and times in history are wrong',
    );
  if (seconds > 5) return advice(message, 'let both keep time (chrony, systemd-timesyncd)');
  return ok(`its clock agrees with the controller's`);
}

/** A machine with an agent that has answered; `aheadMs` as in judgeClock. */
export function judgeHost(
  host: string,
  { version, engine, disks }: Examination,
  mine: { readonly version: string; readonly aheadMs: number },
): readonly Finding[] {
  const subject = `host ${host}`;
  const { ok, advice } = findingsOf('agents', subject);
  const skew =
    version === mine.version
      ? ok(`its agent answers; version ${version}`)
      : advice(
          `its agent is windlass ${version}, the controller ${mine.version}`,
          'install one version on all machines; the controller first',
        );
  return [skew, judgeClock(subject, mine.aheadMs), ...judgeEngine(subject, engine), ...disks.map((disk) => judgeDisk(subject, disk))];
}

/** A machine whose agent does not answer; `seenMs` ago it did. */
export function judgeLostHost(host: string, seenMs: number, reason: string): Finding {
  const ago = seenMs < 120_000 ? `${Math.round(seenMs / 1_000)} s` : `${Math.round(seenMs / 60_000)} min`;
  const cure = `look on that machine: does "windlass agent" run, does it reach Redis and WINDLASS_URL? Its log says why not`;
  return findingsOf('agents', `host ${host}`).wrong(`its agent does not answer: ${reason}; last seen ${ago} ago`, cure);
}

/** Redis is away. */
export const unasked = (): Finding => findingsOf('agents', 'hosts').untried('they were not asked: that goes through Redis');

export const noHosts = (): Finding =>
  findingsOf('agents', 'hosts').wrong(
    'no host has ever had an agent',
    'start "windlass agent" on each machine with containers, or "windlass up" for one that is all',
  );

const bytes = (count: number): string => (count >= gibi ? `${(count / gibi).toFixed(1)} GiB` : `${Math.round(count / mebi)} MiB`);
