package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	caFile                = "ca.crt"
	serviceAccountKeyFile = "service-account.key"
	validity              = 365 * 24 * time.Hour
)

// The authority, the server's certificate, the administrator's, and the key that signs tokens of service accounts; all in `folder`,
// and kept when they are there.
func makeCertificates(folder string) error {
	last := filepath.Join(folder, serviceAccountKeyFile)
	if _, err := os.Stat(last); err == nil {
		return nil
	}
	authority := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "kubernetes-ca"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	authorityKey, err := issue(folder, "ca", authority, nil, nil)
	if err != nil {
		return err
	}
	if _, err := issue(folder, "server", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, authority, authorityKey); err != nil {
		return err
	}
	if _, err := issue(folder, "admin", &x509.Certificate{
		Subject:     pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, authority, authorityKey); err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	return writeKey(last, key)
}

// Writes `name.crt` and `name.key`; without an issuer the certificate signs itself.
func issue(folder, name string, certificate, issuer *x509.Certificate, issuerKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if issuer == nil {
		issuer, issuerKey = certificate, key
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return nil, err
	}
	certificate.SerialNumber = serial
	certificate.NotBefore = time.Now().Add(-time.Hour)
	certificate.NotAfter = time.Now().Add(validity)
	der, err := x509.CreateCertificate(rand.Reader, certificate, issuer, key.Public(), issuerKey)
	if err != nil {
		return nil, err
	}
	if err := writePem(filepath.Join(folder, name+".crt"), "CERTIFICATE", der); err != nil {
		return nil, err
	}
	return key, writeKey(filepath.Join(folder, name+".key"), key)
}

// In the older form: kube-apiserver reads no other where it wants the public half of a key.
func writeKey(file string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	return writePem(file, "EC PRIVATE KEY", der)
}

func writePem(file, kind string, der []byte) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
