import type { Finding } from '../model/documents.ts';
import type { EngineFacts } from '../model/examination.ts';
import { findingsOf, isAtLeast } from './finding.ts';

const oldest = { version: '20.10', api: '1.41' };

/** Whether windlass can work with the engine of `subject`. */
export function judgeEngine(subject: string, facts: EngineFacts): readonly Finding[] {
  const { ok, advice, wrong } = findingsOf('engine', subject);
  if (facts.state === 'away') return [wrong(facts.reason, cureOfAbsence(facts))];
  const { version, apiVersion, os, storage, buildError } = facts;
  const findings = [];
  if (!isAtLeast(version, oldest.version) || !isAtLeast(apiVersion, oldest.api)) {
    findings.push(wrong(`the engine is ${version} (API ${apiVersion})`, `install ${oldest.version} or newer (API ${oldest.api})`));
  } else findings.push(ok(`version ${version}, API ${apiVersion}`));
  if (os !== 'linux') findings.push(wrong(`the engine runs ${os} containers`, 'use an engine for Linux containers'));
  if (storage === 'vfs') {
    findings.push(
      advice(
        'its storage driver is vfs, which copies an image for every container',
        'let it use overlay2 ("storage-driver" in /etc/docker/daemon.json)',
      ),
    );
  } else findings.push(ok(`storage driver ${storage}`));
  if (buildError === undefined) findings.push(ok('an empty image was built with BuildKit, and removed'));
  else findings.push(wrong(`an empty image cannot be built: ${buildError}`, cureOfBuild(buildError)));
  return findings;
}

function cureOfAbsence({ endpoint, reason }: Extract<EngineFacts, { state: 'away' }>): string {
  if (/EACCES|permission denied/i.test(reason)) {
    return 'run windlass as a user who may use it: "usermod -aG docker USER" and sign in again, or as root';
  }
  if (/ENOENT/.test(reason))
    return `install Docker or start it ("systemctl enable --now docker"); DOCKER_HOST says where else than ${endpoint} it listens`;
  if (/certificate|TLS|self.signed/i.test(reason))
    return 'see DOCKER_CERT_PATH and DOCKER_TLS_VERIFY: the certificates must be of the authority that the engine trusts';
  return 'see "systemctl status docker" on that machine, and DOCKER_HOST';
}

function cureOfBuild(error: string): string {
  if (/no space left/i.test(error))
    return 'make room: "docker system df" shows what takes it, "docker builder prune" empties the build cache';
  if (/read-only/i.test(error)) return "the engine's storage is read-only: see the disk in the kernel's log (dmesg)";
  return 'images that windlass.yaml declares cannot be built here; see the log of the engine ("journalctl -u docker")';
}
