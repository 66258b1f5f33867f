/**
 * Self-signed certificates, valid from 2020 to 2126, so that tests need no tool to make one. Their private
 * keys are public: use them in tests only. They were made with `openssl req -new -newkey ec -nodes` (with
 * `subjectAltName`) and `openssl ca -selfsign -startdate -enddate`.
 */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

/** For localhost, 127.0.0.1 and ::1. */
export const one: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBgDCCASagAwIBAgIJAN6MEEn1pKjRMAoGCCqGSM49BAMCMBwxGjAYBgNVBAMM
EUhlYWRsb2NrIHRlc3Qgb25lMCAXDTIwMDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAw
MDAwWjAcMRowGAYDVQQDDBFIZWFkbG9jayB0ZXN0IG9uZTBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABAMACWDk1LRsWYinUCCPUmwLal7Y7mhi+He6RVtJMBJvtrEl
zdPe1ZHDiDWtJLZH6YJ7nBt5ZCphv/iJe2wn31ujTzBNMCwGA1UdEQQlMCOCCWxv
Y2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHQ4EFgQUdusPxyhv
H96f8X4nl/h6i/ZJKrcwCgYIKoZIzj0EAwIDSAAwRQIhAJOXQGI6aA2DltmwP0VD
K0/NLVOMHfzMpcw1YwJh4hJeAiAd6OLVUakGXiNlIhwDGHvM5ZnAmr9M/ZXd3BsP
oEw1eQ==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIQjTVK5pcoGHGjdl
kY7nvHUVDxf8szgX5w4KTp7ae66hRANCAAQDAAlg5NS0bFmIp1Agj1JsC2pe2O5o
Yvh3ukVbSTASb7axJc3T3tWRw4g1rSS2R+mCe5wbeWQqYb/4iXtsJ99b
-----END PRIVATE KEY-----
`,
}

/** A different certificate for the same names. */
export const other: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBhDCCASqgAwIBAgIJAL5qACJxglwIMAoGCCqGSM49BAMCMB4xHDAaBgNVBAMM
E0hlYWRsb2NrIHRlc3Qgb3RoZXIwIBcNMjAwMTAxMDAwMDAwWhgPMjEyNjAxMDEw
MDAwMDBaMB4xHDAaBgNVBAMME0hlYWRsb2NrIHRlc3Qgb3RoZXIwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAARbKNtY6Ge42q4h3sy10FApaT85hcC4AE/D9uxnOMYz
KijW3BbgaJl8r2htZtR1KFjs6RpVZfeqdEPbcuy1apxto08wTTAsBgNVHREEJTAj
gglsb2NhbGhvc3SHBH8AAAGHEAAAAAAAAAAAAAAAAAAAAAEwHQYDVR0OBBYEFDxE
6tXN762xhL9smRHUZ7b87KkbMAoGCCqGSM49BAMCA0gAMEUCIQDkjgiWP/Z5r6/k
CI9wfcqCuWAU53zco5RRhmTA801G0gIgLGrv6NLDyl3zPOh9zEJJg6F1bjL9wkvG
urvPaG2KyHc=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjJ3NOkSh/MrlsLOm
5mvKhdtyojAnlF+eDDVXo27cYUChRANCAARbKNtY6Ge42q4h3sy10FApaT85hcC4
AE/D9uxnOMYzKijW3BbgaJl8r2htZtR1KFjs6RpVZfeqdEPbcuy1apxt
-----END PRIVATE KEY-----
`,
}

/** For *.example.com and queues.example.com. */
export const named: TestCertificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBgzCCASqgAwIBAgIJANofkRYyExjhMAoGCCqGSM49BAMCMB4xHDAaBgNVBAMM
E0hlYWRsb2NrIHRlc3QgbmFtZWQwIBcNMjAwMTAxMDAwMDAwWhgPMjEyNjAxMDEw
MDAwMDBaMB4xHDAaBgNVBAMME0hlYWRsb2NrIHRlc3QgbmFtZWQwWTATBgcqhkjO
PQIBBggqhkjOPQMBBwNCAATG1BurFqw998+p2PuRPwO1opVJxTNd8UxNVCdTw9cq
jyfY9QLo9aqE1E5NRhcpuB5DrsVf9yayRmmiouOrEDBEo08wTTAsBgNVHREEJTAj
gg0qLmV4YW1wbGUuY29tghJxdWV1ZXMuZXhhbXBsZS5jb20wHQYDVR0OBBYEFOuG
zlMZDi8TXd/PYu1wqg5mehkuMAoGCCqGSM49BAMCA0cAMEQCIAGCZkk3VoE0k+HA
6JOyVM3nOCiU+vQCm/7bN0Qr6Z1OAiApHuFmVurJ25m7ccDgBBuQ+TWU7Vt73unw
O+KuNf+B6w==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyC47P0CGdEi9F6ir
YuAQ1uZvbKa+EDbnXChEblleyrKhRANCAATG1BurFqw998+p2PuRPwO1opVJxTNd
8UxNVCdTw9cqjyfY9QLo9aqE1E5NRhcpuB5DrsVf9yayRmmiouOrEDBE
-----END PRIVATE KEY-----
`,
}

/** The key of `one`, encrypted with a passphrase by `openssl pkey -aes256`. */
export const lockedKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiINcGKRkZSVQICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEED5ROzVx57i5+CyBUlEUOUIEgZAj
KytiZCgaHyTzKo2Tr1lr5/8KoZ1Fmn5Fjo6mfSbjb0tPxdNuS/CFVvsCbRQXooMM
b7xoPRXONdKE6kggUFkAmyshmwFipRLBZPQoU4LLvLeS23jx8OMBseZhSQun9TU2
n8m+2VqwOgYf/mnedd5bXEzIPWEdV61HfXEwtwKuAVf+bK8eOctVqG7AilbKTtc=
-----END ENCRYPTED PRIVATE KEY-----
`
