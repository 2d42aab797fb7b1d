import type { Verify } from './application.ts';
import type { StepVerify } from './step.ts';

const placeholder = '{{container.ip}}';

/** Whether a verification asks for the address of its container, so that it means nothing for one that has none. */
export function asksAddress(verify: Verify | StepVerify): boolean {
  switch (verify.kind) {
    case 'tcp':
      return true;
    case 'http':
      return verify.url.includes(placeholder);
    case 'exec':
      return verify.argv.some((word) => word.includes(placeholder));
  }
}
