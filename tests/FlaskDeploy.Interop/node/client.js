'use strict';
// node client.js CERT KEY PORT: runs every case against that port; exits with 1 when one fails.
const assert = require('assert');
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const { TestService, UnimplementedService } = require('./service');

const [certFile, keyFile, port] = process.argv.slice(2);
const [cert, key] = [certFile, keyFile].map(file => fs.readFileSync(file));
const credentials = grpc.credentials.createSsl(cert, key, cert);
const client = new TestService(`localhost:${port}`, credentials);
const unimplemented = new UnimplementedService(`localhost:${port}`, credentials);

const requestSizes = [27182, 8, 1828, 45904];
const responseSizes = [31415, 9, 2653, 58979];
const zeros = size => ({ body: Buffer.alloc(size) });
const ping = (request, response) => ({ payload: zeros(request), response_parameters: [{ size: response }] });

/** What a unary or client-streaming call ends with, all of it. */
function single(start) {
  return new Promise(resolve => {
    const outcome = {};
    const call = start((error, response) => Object.assign(outcome, { error, response }));
    call.on('metadata', headers => { outcome.headers = headers; });
    call.on('status', status => resolve(Object.assign(outcome, { status })));
    outcome.call = call;
  });
}

/** What a call with a response stream ends with; onData sees each response. */
function stream(call, onData = () => {}) {
  return new Promise(resolve => {
    const outcome = { responses: [] };
    call.on('metadata', headers => { outcome.headers = headers; });
    call.on('data', response => { outcome.responses.push(response); onData(response, outcome.responses.length); });
    call.on('error', () => {}); // the status says the same
    call.on('status', status => setImmediate(() => resolve(Object.assign(outcome, { status }))));
  });
}

function checkEcho({ headers, status }) {
  assert.deepStrictEqual(headers.get('x-grpc-test-echo-initial'), ['test_initial_metadata_value']);
  assert.deepStrictEqual(status.metadata.get('x-grpc-test-echo-trailing-bin'), [Buffer.from('ababab', 'hex')]);
}

const cases = {
  async empty_unary() {
    const { error, response } = await single(done => client.EmptyCall({}, done));
    assert.ifError(error);
    assert.deepStrictEqual(response, {});
  },
  async large_unary() {
    const { error, response } = await single(done => client.UnaryCall({ response_size: 314159, payload: zeros(271828) }, done));
    assert.ifError(error);
    assert.strictEqual(response.payload.body.length, 314159);
  },
  async client_streaming() {
    const { error, response } = await single(done => {
      const call = client.StreamingInputCall(done);
      for (const size of requestSizes) call.write({ payload: zeros(size) });
      call.end();
      return call;
    });
    assert.ifError(error);
    assert.strictEqual(response.aggregated_payload_size, 74922);
  },
  async server_streaming() {
    const request = { response_parameters: responseSizes.map(size => ({ size })) };
    const { status, responses } = await stream(client.StreamingOutputCall(request));
    assert.strictEqual(status.code, grpc.status.OK);
    assert.deepStrictEqual(responses.map(response => response.payload.body.length), responseSizes);
  },
  async ping_pong() {
    const call = client.FullDuplexCall();
    const ended = stream(call, (_, count) => {
      if (count < requestSizes.length) call.write(ping(requestSizes[count], responseSizes[count]));
      else call.end();
    });
    call.write(ping(requestSizes[0], responseSizes[0]));
    const { status, responses } = await ended;
    assert.strictEqual(status.code, grpc.status.OK);
    assert.deepStrictEqual(responses.map(response => response.payload.body.length), responseSizes);
  },
  async empty_stream() {
    const call = client.FullDuplexCall();
    call.end();
    const { status, responses } = await stream(call);
    assert.strictEqual(status.code, grpc.status.OK);
    assert.strictEqual(responses.length, 0);
  },
  async cancel_after_begin() {
    const { status } = await single(done => {
      const call = client.StreamingInputCall(done);
      setTimeout(() => call.cancel(), 50);
      return call;
    });
    assert.strictEqual(status.code, grpc.status.CANCELLED);
  },
  async cancel_after_first_response() {
    const call = client.FullDuplexCall();
    call.write(ping(requestSizes[0], responseSizes[0]));
    const { status, responses } = await stream(call, () => call.cancel());
    assert.strictEqual(status.code, grpc.status.CANCELLED);
    assert.strictEqual(responses.length, 1);
  },
  async timeout_on_sleeping_server() {
    const call = client.FullDuplexCall({ deadline: Date.now() + 200 });
    call.write({ payload: zeros(27182), response_parameters: [{ size: 1, interval_us: 5000000 }] });
    const { status } = await stream(call);
    assert.strictEqual(status.code, grpc.status.DEADLINE_EXCEEDED);
  },
  async custom_metadata() {
    const metadata = new grpc.Metadata();
    metadata.set('x-grpc-test-echo-initial', 'test_initial_metadata_value');
    metadata.set('x-grpc-test-echo-trailing-bin', Buffer.from('ababab', 'hex'));
    checkEcho(await single(done => client.UnaryCall({ response_size: 1 }, metadata, done)));
    const call = client.FullDuplexCall(metadata);
    call.write(ping(1, 1));
    call.end();
    checkEcho(await stream(call));
  },
  async status_code_and_message() {
    const expected = { code: 2, message: 'test status message' };
    const unary = await single(done => client.UnaryCall({ response_status: expected }, done));
    assert.deepStrictEqual([unary.status.code, unary.status.details], [expected.code, expected.message]);
    const call = client.FullDuplexCall();
    call.write({ response_status: expected });
    call.end();
    const duplex = await stream(call);
    assert.deepStrictEqual([duplex.status.code, duplex.status.details], [expected.code, expected.message]);
  },
  async special_status_message() {
    const expected = { code: 2, message: '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n' };
    const { status } = await single(done => client.UnaryCall({ response_status: expected }, done));
    assert.deepStrictEqual([status.code, status.details], [expected.code, expected.message]);
  },
  async unimplemented_method() {
    const { status } = await single(done => client.UnimplementedCall({}, done));
    assert.strictEqual(status.code, grpc.status.UNIMPLEMENTED);
  },
  async unimplemented_service() {
    const { status } = await single(done => unimplemented.UnimplementedCall({}, done));
    assert.strictEqual(status.code, grpc.status.UNIMPLEMENTED);
  },
};

async function main() {
  let failed = 0;
  for (const [name, run] of Object.entries(cases)) {
    let timer;
    const patience = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('timed out')), 20000); });
    try {
      await Promise.race([run(), patience]);
      console.log(`PASS ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}: ${error.message.replace(/\s+/g, ' ')}`);
    } finally {
      clearTimeout(timer);
    }
  }
  client.close();
  unimplemented.close();
  process.exitCode = failed === 0 ? 0 : 1;
}

main();
