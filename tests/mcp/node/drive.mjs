// The official TypeScript client, in one era, through a piece of work. Prints what it saw.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const [url, key, mode] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${key}` } },
});
const client = new Client(
  { name: "tests", version: "1" },
  { versionNegotiation: { mode } },
);
await client.connect(transport);
const call = async (name, args) => {
  const result = await client.callTool({ name, arguments: args });
  if (result.isError) throw new Error(result.content[0].text);
  return result.structuredContent;
};
const tools = (await client.listTools()).tools.map((tool) => tool.name);
const path = `input/typescript-${mode}.txt`;
await call("write", { path, text: "one" });
const work = await call("claim_work", { path });
const handed = await call("submit_for_review", {
  paths: [work.path],
  title: "From TypeScript",
  lock_token: work.lock_token,
});
const outcome = await call("wait_for_decision", { handoff: handed.handoff, wait_seconds: 0 });
const read = await client.readResource({ uri: `signoff://acme/${outcome.path}` });
const forged = await client.callTool({ name: "approve", arguments: {} });
console.log(
  JSON.stringify({
    tools: tools.length,
    state: outcome.state,
    text: read.contents[0].text,
    forged: forged.isError,
  }),
);
await client.close();
