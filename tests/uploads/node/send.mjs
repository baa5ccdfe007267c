// Uploads a file with tus-js-client as it is told on standard input, and says how it went.
import { createReadStream, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { Upload } from "tus-js-client";

const told = JSON.parse(readFileSync(0, "utf8"));
let aborted = false;
const file = createReadStream(told.file);
// A stream that is no file's is what the client knows no length of.
const upload = new Upload(told.deferred ? file.pipe(new PassThrough()) : file, {
  endpoint: told.endpoint,
  uploadUrl: told.url ?? null,
  headers: told.headers,
  metadata: told.metadata,
  chunkSize: told.chunkSize ?? Infinity,
  retryDelays: told.retryDelays ?? [0, 200, 500, 1000, 2000, 4000],
  uploadDataDuringCreation: told.atOnce ?? false,
  uploadLengthDeferred: told.deferred ?? false,
  overridePatchMethod: told.override ?? false,
  storeFingerprintForResuming: false,
  onProgress: (sent) => {
    console.error(`sent ${sent}`);
    if (told.abortAt && sent >= told.abortAt && !aborted) {
      aborted = true;
      upload.abort().then(() => finish({ aborted: true, url: upload.url }));
    }
  },
  onShouldRetry: (error) => {
    console.error(`again ${error.originalResponse?.getStatus() ?? "line"}`);
    return true;
  },
  onError: (error) =>
    finish({ failed: error.originalResponse?.getStatus() ?? String(error), url: upload.url }),
  onSuccess: (payload) =>
    finish({
      done: true,
      url: upload.url,
      etag: payload?.lastResponse?.getHeader("ETag"),
      version: payload?.lastResponse?.getHeader("Signoff-Version"),
    }),
});

function finish(said) {
  console.log(JSON.stringify(said));
  process.exit(0);
}

upload.start();
