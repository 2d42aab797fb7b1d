import type { OutcomeDocument } from '../model/status-documents.ts';

type Application = OutcomeDocument['apps'][number];

/** What a person can do about each application that did not get to where it should be: a sentence each. */
export function whatNext({ environment, apps, deployments }: OutcomeDocument): readonly string[] {
  return apps.flatMap((application) => {
    const deployment = deployments.find(({ app }) => app === application.name);
    const cure = cureOf(environment, application, deployment?.state === 'rolled-back');
    if (cure === undefined) return [];
    return deployment ? [`${cure}; "windlass show ${deployment.id}" has every step and its log`] : [cure];
  });
}

function cureOf(environment: string, { name, state, message }: Application, back: boolean): string | undefined {
  switch (state) {
    case 'deployed':
    case 'deploying':
      return undefined;
    case 'failed': {
      const before = back ? `${environment}/${name} runs what it ran before. ` : '';
      return `${before}Correct it and push, or try the same again with "windlass deploy ${environment} --app ${name}"`;
    }
    case 'held':
      if (/\bfrozen by /.test(message)) return `"windlass unfreeze ${environment}" lets it go on`;
      // What else holds a deployment says its cure itself.
      return / does not answer/.test(message)
        ? `it goes on by itself once the agent is back; "windlass hosts" shows which are there`
        : undefined;
    case 'awaiting-approval':
      return `"windlass approve ${environment}" shows the plan and lets it go on`;
  }
}
