'use strict';
// node server.js CERT KEY: prints its port, then serves until its input ends.
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const { TestService } = require('./service');

const [cert, key] = process.argv.slice(2).map(file => fs.readFileSync(file));
const zeros = size => ({ body: Buffer.alloc(size) });
const asked = status => status && status.code !== 0;

function echoMetadata(call) {
  const initial = call.metadata.get('x-grpc-test-echo-initial');
  if (initial.length > 0) {
    const headers = new grpc.Metadata();
    headers.add('x-grpc-test-echo-initial', initial[0]);
    call.sendMetadata(headers);
  }
  const trailers = new grpc.Metadata();
  for (const value of call.metadata.get('x-grpc-test-echo-trailing-bin')) trailers.add('x-grpc-test-echo-trailing-bin', value);
  return trailers;
}

function respond(call, request, trailers, done) {
  if (asked(request.response_status)) {
    call.emit('error', { code: request.response_status.code, details: request.response_status.message, metadata: trailers });
    return;
  }
  const rest = [...request.response_parameters];
  const next = () => {
    const parameters = rest.shift();
    if (!parameters) return done();
    setTimeout(() => { call.write({ payload: zeros(parameters.size) }); next(); }, parameters.interval_us / 1000);
  };
  next();
}

const server = new grpc.Server();
server.addService(TestService.service, {
  EmptyCall: (call, callback) => callback(null, {}),
  UnaryCall: (call, callback) => {
    const trailers = echoMetadata(call);
    const status = call.request.response_status;
    if (asked(status)) callback({ code: status.code, details: status.message, metadata: trailers });
    else callback(null, { payload: zeros(call.request.response_size) }, trailers);
  },
  StreamingOutputCall: call => respond(call, call.request, new grpc.Metadata(), () => call.end()),
  StreamingInputCall: (call, callback) => {
    let sum = 0;
    call.on('data', request => { sum += request.payload.body.length; });
    call.on('end', () => callback(null, { aggregated_payload_size: sum }));
  },
  FullDuplexCall: call => {
    const trailers = echoMetadata(call);
    call.on('data', request => { call.pause(); respond(call, request, trailers, () => call.resume()); });
    call.on('end', () => call.end(trailers));
  },
});
const credentials = grpc.ServerCredentials.createSsl(cert, [{ private_key: key, cert_chain: cert }], true);
server.bindAsync('127.0.0.1:0', credentials, (error, port) => {
  if (error) throw error;
  console.log(port);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
