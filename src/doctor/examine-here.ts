import { localEndpoint } from '../agent/local-endpoint.ts';
import { createEngine } from '../docker/create-engine.ts';
import { messageOf } from '../errors.ts';
import { askAccessRights } from '../git/access-rights.ts';
import { silentLog } from '../log.ts';
import type { Finding } from '../model/documents.ts';
import { findServer } from '../queue/embedded-server.ts';
import { connect } from '../queue/redis.ts';
import type { Settings } from '../settings.ts';
import { examineMachine } from './examine-machine.ts';
import { findingsOf } from './finding.ts';
import { judgeEngine } from './judge-engine.ts';
import { judgeDisk } from './judge-machine.ts';
import { judgeRedis } from './judge-redis.ts';
import { judgeRepository } from './judge-repository.ts';
import { readRedis } from './read-redis.ts';

/** What can be found out on this machine without a controller. */
export async function examineHere(settings: Settings): Promise<readonly Finding[]> {
  const parts = await Promise.all([engineAndDisks(settings), redis(settings), repository(settings)]);
  const { untried } = findingsOf('webhook', 'webhook');
  const agents = findingsOf('agents', 'hosts').untried('who answers was not asked: the controller knows', 'start it and run this again');
  return [
    ...parts.flat(),
    untried('it was not tried: nothing takes one while the controller does not run', 'start it and run this again'),
    agents,
  ];
}

async function engineAndDisks(settings: Settings): Promise<readonly Finding[]> {
  const subject = `host ${settings.host}`;
  try {
    const endpoint = await localEndpoint(settings);
    const seen = await examineMachine(
      { engine: createEngine(endpoint), endpoint: endpoint.url, stateDirectory: settings.stateDirectory, now: () => Date.now() },
      new AbortController().signal,
    );
    return [...judgeEngine(subject, seen.engine), ...seen.disks.map((disk) => judgeDisk(subject, disk))];
  } catch (error) {
    return [findingsOf('engine', subject).wrong(messageOf(error), 'see DOCKER_HOST, DOCKER_CONTEXT and DOCKER_CERT_PATH')];
  }
}

async function redis({ redisUrl, path }: Settings): Promise<readonly Finding[]> {
  const { ok, wrong } = findingsOf('redis', 'Redis');
  if (redisUrl === undefined) {
    return findServer(path).then(
      (program) => [ok(`windlass runs ${program} itself, in its state directory`)],
      (error: unknown) => [wrong(messageOf(error), 'install one, or set WINDLASS_REDIS_URL')],
    );
  }
  const connection = connect(redisUrl.reveal(), 'producer', silentLog);
  try {
    return judgeRedis(await readRedis(connection));
  } finally {
    connection.disconnect();
  }
}

async function repository({
  repository: location,
  repositoryProvider: provider,
  repositoryToken: token,
}: Settings): Promise<readonly Finding[]> {
  const hasToken = token !== undefined;
  const rest = { hasToken, mayReport: undefined, mistakes: undefined };
  if (location === undefined) return judgeRepository({ ...rest, name: undefined, readError: undefined, mayPush: undefined });
  try {
    return judgeRepository({ ...rest, ...(await askAccessRights({ location, provider, token })) });
  } catch (error) {
    return judgeRepository({ ...rest, name: 'the repository', readError: messageOf(error), mayPush: undefined });
  }
}
