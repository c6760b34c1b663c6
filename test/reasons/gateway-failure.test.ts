import { describe, expect, it } from 'vitest'
import { isGatewayFailure } from '../../src/reasons/gateway-failure.ts'

describe('a gateway’s failure as the only answer', () => {
  it.each([
    'Vendor API request failed. (request_id=req_0123456789)',
    'API Error: 502 Bad Gateway',
    'API Error: Rate limit exceeded',
    '502 Bad Gateway',
    'Error 503: Service temporarily unavailable',
    'Error: upstream request timeout',
    'upstream connect error or disconnect/reset before headers. reset reason: overflow',
    'Upstream provider returned an error: overloaded',
    'Internal server error (request id: 20260901-abc)',
    'The provider API request failed, request id 8f2c1e',
    'Rate limit exceeded. Try again in 20 s.',
    'Too many requests, please slow down',
    'No available channel for model k2',
    '{"error":{"code":"1302","message":"High concurrency usage of this API"}}',
    '{"type":"error","error":{"type":"api_error"}}',
    '[1308] Usage limit reached for 5 hour. Your limit will reset at 2026-09-01 14:00:00',
    'error code: 1305',
    '请求失败，请稍后重试',
    '当前分组上游负载已饱和，请稍后再试',
    'Stream error: connection closed by provider, trace_id 99aa',
  ])('%s', (text) => expect(isGatewayFailure(text)).toBe(true))

  it.each([
    'The till is right, and its tests pass.',
    'The request handler fails when the body is empty; fix in line 12.',
    'I found why the rate limiter rejects clients: its window never moves.',
    'API keys are rotated by the script in tools/rotate.sh.',
    'Every response names a request id, and none of them is used twice.',
    'Yes: the upstream branch is two commits ahead.',
    'Error handling is complete: all seven branches are covered.',
    'The service is available at port 8080.',
    'Error codes 1301 and 1310 are missing from the table; all others are there.',
    'Call sites: three, all in src/till.ts.',
    `API Error: is what the client writes. ${'The table lists each text. '.repeat(20)}`,
    '',
  ])('not: %s', (text) => expect(isGatewayFailure(text)).toBe(false))
})
