import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import type { BuildImageStep } from '../model/step.ts';

type BuildImageSettings = NonNullable<BuildImageStep['settings']>;

/** The engine's own shapes, for those who may not import its client. */
export type ContainerInspect = Docker.ContainerInspectInfo;
export type ImageInspect = Docker.ImageInspectInfo;
export type ImageSummary = Docker.ImageInfo;
export type ContainerCreateOptions = Docker.ContainerCreateOptions;

/**
 * The engine as windlass uses it: promises only, errors as WindlassError `docker` whose `status` is the engine's HTTP status.
 * What an engine call answers keeps the engine's own shape (API 1.41 and later).
 */
export interface Engine {
  /** Version, what the host has (processors, bytes of memory), and where and with which driver the engine stores. */
  info(): Promise<{
    version: string;
    apiVersion: string;
    name: string;
    cpus: number;
    memory: number;
    os: string;
    storage: string;
    root: string;
  }>;

  /** All containers, stopped ones included, that carry every one of the labels (`key` or `key=value`). */
  listContainers(labels: readonly string[]): Promise<Docker.ContainerInfo[]>;
  /** Undefined where there is none. */
  inspectContainer(id: string): Promise<Docker.ContainerInspectInfo | undefined>;
  /** The new container's id. */
  createContainer(options: Docker.ContainerCreateOptions): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Already stopped or gone is well. */
  stopContainer(id: string, timeoutSeconds?: number): Promise<void>;
  restartContainer(id: string, timeoutSeconds?: number): Promise<void>;
  /** Gone already is well. */
  removeContainer(id: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  renameContainer(id: string, name: string): Promise<void>;
  /** The exit code, once it has stopped. */
  waitContainer(id: string, signal?: AbortSignal): Promise<number>;
  /** Lines of both outputs, demultiplexed, in order. */
  containerLogs(id: string, options?: { follow?: boolean; tail?: number; timestamps?: boolean; signal?: AbortSignal }): Promise<Readable>;
  /** Extracts an uncompressed tar at `path`, a folder that is there (`/` unless said otherwise); never a file over a folder. */
  putArchive(id: string, tar: Readable | Buffer, path?: string): Promise<void>;
  /** A tar of the path; undefined where it is not there. */
  getArchive(id: string, path: string): Promise<Readable | undefined>;
  /** What is at the path without its bytes; undefined where nothing is. */
  statArchive(
    id: string,
    path: string,
  ): Promise<{ name: string; size: number; mode: number; mtime: string; linkTarget: string } | undefined>;
  /** Starts a process in a running container. */
  exec(id: string, options: ExecOptions): Promise<ExecSession>;

  listImages(): Promise<Docker.ImageInfo[]>;
  inspectImage(reference: string): Promise<Docker.ImageInspectInfo | undefined>;
  pullImage(reference: string, onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  tagImage(id: string, repository: string, tag: string): Promise<void>;
  removeImage(reference: string): Promise<void>;
  saveImage(reference: string): Promise<Readable>;
  loadImage(tar: Readable): Promise<void>;
  /** Builds with BuildKit from a tar; each line of the log as it comes. The image's id. */
  buildImage(context: Readable, options: BuildOptions): Promise<string>;
  /** Gives up the oldest of what BuildKit keeps of earlier builds until it is no more than so many bytes. */
  pruneBuildCache(keepBytes: number): Promise<void>;

  inspectNetwork(name: string): Promise<Docker.NetworkInspectInfo | undefined>;
  createNetwork(options: Docker.NetworkCreateOptions): Promise<void>;
  /** Joins a container to a further network. */
  connectNetwork(name: string, container: string, endpoint: NetworkEndpoint): Promise<void>;
  /** Those that carry every one of the labels. */
  listNetworks(labels: readonly string[]): Promise<Docker.NetworkInspectInfo[]>;
  removeNetwork(name: string): Promise<void>;
  /** Those that carry every one of the labels. */
  listVolumes(labels: readonly string[]): Promise<Docker.VolumeInspectInfo[]>;
  inspectVolume(name: string): Promise<Docker.VolumeInspectInfo | undefined>;
  createVolume(options: {
    name: string;
    driver?: string;
    driverOptions?: Record<string, string>;
    labels?: Record<string, string>;
  }): Promise<void>;

  /**
   * Container, image and network events until the signal; the promise ends (or rejects) with the stream. `onOpen`: from here on none is
   * missed.
   */
  events(onEvent: (event: EngineEvent) => void, signal: AbortSignal, onOpen?: () => void): Promise<void>;
}

/** A container's place on a network. `Aliases` are names that it has there. */
export interface NetworkEndpoint {
  readonly Aliases: string[];
  readonly IPAMConfig?: { readonly IPv4Address?: string; readonly IPv6Address?: string; readonly LinkLocalIPs?: string[] };
  readonly MacAddress?: string;
  readonly DriverOpts?: Record<string, string>;
}

export interface ExecOptions {
  readonly argv: readonly string[];
  /** `0` unless said otherwise. */
  readonly user?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
}

export interface ExecSession {
  /** Bytes for the process; end it to signal the end of the stream. */
  readonly stdin: NodeJS.WritableStream;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The exit code, once both outputs have ended. */
  readonly exit: Promise<number>;
  /** Closes the connection. The process itself goes on: nothing in the engine's API ends it. */
  close(): void;
}

export interface BuildOptions {
  readonly tags: readonly string[];
  /** Path of the Dockerfile in the tar. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly network?: string;
  readonly settings?: Omit<BuildImageSettings, 'labels'>;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface EngineEvent {
  readonly type: string;
  readonly action: string;
  /** The container's, image's or network's id. */
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly at: number;
}
