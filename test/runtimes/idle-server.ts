import { startTestServer } from '../../api/test-server.ts'

// A server whose connections may be idle for one second, run by each runtime; it ends when its input does.
await using server = await startTestServer({ idleSeconds: 1 })
console.log(server.url)
for await (const _ of process.stdin);
