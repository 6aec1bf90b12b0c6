// A product file becomes an asset with addresses for a page. Runs in a browser, in Node 20 and newer, in Deno and in Bun.
import createClient from "openapi-fetch";
import type { components, paths } from "./arviz.d.ts";

type Job = components["schemas"]["JobAnswer"];
type Problem = components["schemas"]["Problem"];

/** What a service refused, and why. */
export class ServiceError extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }
}

/**
 * Return the links of an asset made of a file: `glb`, `usdz`, and a picture for each kind of device.
 *
 * A key that may upload belongs on your own server, never into a page.
 */
export async function convert(file: Blob, name: string, size: string, service: string, key: string): Promise<Record<string, string>> {
  const api = createClient<paths>({ baseUrl: service, headers: { Authorization: `Bearer ${key}` } });

  // The types know a binary body as text, the usual form of OpenAPI: it is sent as it is.
  const body = file as unknown as string;
  const sent = await api.PUT("/v1/sources", { params: { query: { name } }, body, bodySerializer: (bytes) => bytes });
  if (!sent.data) throw new ServiceError(sent.error);

  const started = await api.POST("/v1/jobs", {
    params: { header: { "idempotency-key": crypto.randomUUID() } },
    body: { kind: "convert", inputs: { source: sent.data.source }, options: { name, size }, priority: 0 },
  });
  if (!started.data) throw new ServiceError(started.error);

  let job: Job = started.data;
  while (job.state === "queued" || job.state === "running") {
    const asked = await api.GET("/v1/jobs/{job_id}", { params: { path: { job_id: job.id }, header: { prefer: "wait=20" } } });
    if (!asked.data) throw new ServiceError(asked.error as Problem);
    job = asked.data;
  }
  if (job.state !== "done") throw new Error(`${job.state}: ${job.error?.["message"] ?? ""}`);

  const asset = await api.GET("/v1/assets/{asset}", { params: { path: { asset: String(job.result?.["asset"]) } } });
  if (!asset.data) throw new ServiceError(asset.error);
  return asset.data["links"] as Record<string, string>;
}
