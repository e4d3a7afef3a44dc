// A runner of Gitea's Actions, as far as the workflows of `hoso setup` need one: it registers, takes what Gitea gives
// out, runs the `run:` of each step with bash and says how it ended. Its jobs have the token and the context that Gitea made.
//
//     const runner = await actions({ address, registration, python });   await runner.work(/^check/, folder)
//
// Steps with `uses:` are passed over and named; an expression that is not a plain name stops the judge.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const SERVICE = "/api/actions/runner.v1.RunnerService/";
const PARSE = "import json, sys, yaml; print(json.dumps(yaml.load(sys.stdin, yaml.BaseLoader)))";

/** Runs a script as a runner does; beside us, since it may download from the judge itself. */
const bash = (script, cwd, env) => new Promise((ended) => {
  const child = spawn("bash", ["--noprofile", "--norc", "-e", "-o", "pipefail", script], { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 300000 });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => { said += bytes; });
  child.on("close", (status) => ended({ status, said }));
});

export async function actions({ address, registration, python }) {
  let own = {};
  async function ask(what, body) {
    const answer = await fetch(`${address}${SERVICE}${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(own.uuid ? { "x-runner-uuid": own.uuid, "x-runner-token": own.token } : {}) },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
  own = (await ask("Register", { name: "judge", token: registration, version: "judge", labels: ["ubuntu-latest"] })).runner;
  await ask("Declare", { version: "judge", labels: ["ubuntu-latest"] });

  /** The value of `${{ … }}`: a name in what Gitea says of the run, its secrets and variables. */
  function value(text, task) {
    return text.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, name) => {
      if (!/^[a-z_]+(\.\w+)+$/i.test(name)) throw new Error(`the workflow says \${{ ${name} }}`);
      const from = { github: task.context, secrets: task.secrets ?? {}, vars: task.vars ?? {} };
      return name.split(".").reduce((at, key) => at?.[key], from) ?? "";
    });
  }

  const done = (task, result, steps) => ask("UpdateTask", {
    state: {
      id: task.id, result, startedAt: new Date().toISOString(), ...(result === "RESULT_UNSPECIFIED" ? {} : { stoppedAt: new Date().toISOString() }),
      steps: steps.map((step, id) => ({ id: String(id), ...step })),
    },
  });

  /** Waits for the job that Gitea gives out to workflows whose name fits, and runs it; others are called off. */
  async function work(wanted, folder) {
    for (let turn = 0; turn < 240; turn += 1) {
      const { task } = await ask("FetchTask", { tasksVersion: "0" });
      if (!task) {
        await new Promise((again) => { setTimeout(again, 250); });
        continue;
      }
      const workflow = JSON.parse(execFileSync(python, ["-c", PARSE], { input: Buffer.from(task.workflowPayload, "base64") }));
      const [name, job] = Object.entries(workflow.jobs)[0];
      if (!wanted.test(name)) {
        await done(task, "RESULT_CANCELLED", []);
        continue;
      }
      return { ...(await run(task, job, folder)), name, context: task.context };
    }
    return { name: "", ok: false, said: "Gitea gave out no job", context: {} };
  }

  async function run(task, job, folder) {
    fs.mkdirSync(folder, { recursive: true });
    await done(task, "RESULT_UNSPECIFIED", []);
    let ok = true;
    const said = [];
    const steps = [];
    for (const step of job.steps) {
      const always = step.if === "always()";
      if (step.if && !always) throw new Error(`a step has the condition ${step.if}`);
      if (!step.run || (!ok && !always)) {
        said.push(`(${step.name ?? step.uses} is not run)`);
        steps.push({ result: "RESULT_SKIPPED" });
        continue;
      }
      const environment = {};
      for (const [key, text] of Object.entries({ ...job.env, ...step.env })) environment[key] = value(text, task);
      fs.writeFileSync(path.join(folder, "step.sh"), step.run);
      const ran = await bash(path.join(folder, "step.sh"), folder, { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_SYSTEM: "/dev/null", ...environment });
      if (ran.status !== 0) ok = false;
      said.push(`${step.name}: ${ran.status}\n${ran.said}`);
      steps.push({ result: ran.status === 0 ? "RESULT_SUCCESS" : "RESULT_FAILURE" });
    }
    await done(task, ok ? "RESULT_SUCCESS" : "RESULT_FAILURE", steps);
    return { ok, said: said.join("\n") };
  }
  return { work };
}
