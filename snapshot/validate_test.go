package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"netstat"
	"netstat/collect"
	"netstat/internal/redact"
	"netstat/snapshot"
)

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("../docs/netstat.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v", err)
	}
}

// TestHostsValidate checks that the snapshots in the tests match the JSON schema, and
// that a copy of each is identical.
func TestHostsValidate(t *testing.T) {
	files, err := filepath.Glob("../cmd/netstat/testdata/hosts/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d hosts, %v", len(files), err)
	}
	schema := compile(t)
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			validate(t, schema, text)
			s, err := snapshot.Open(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := snapshot.Write(context.Background(), &again, s, s.Meta, s.Names(), nil); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), text) {
				t.Error("a copy differs")
			}
			validate(t, schema, redacted(t, s, s.Meta, s.Names()))
		})
	}
	for _, text := range []string{
		`{}`,
		`{"schema":"netstat","version":2,"content":"snapshot","host":{}}`,
		`{"schema":"netstat","version":1,"content":"snapshot","host":{}}`,
	} {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
		if err != nil || schema.Validate(v) == nil {
			t.Errorf("%s is valid (%v)", text, err)
		}
	}
}

// TestLiveValidates checks a snapshot of this machine against the JSON schema.
func TestLiveValidates(t *testing.T) {
	src, err := collect.Open(collect.Options{})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no back end for " + runtime.GOOS)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var b bytes.Buffer
	m := snapshot.Meta{Program: "netstat test", Time: time.Now(), Name: "here", System: runtime.GOOS, EUID: os.Geteuid()}
	if err := snapshot.Write(context.Background(), &b, src, m, nil, nil); err != nil {
		t.Fatal(err)
	}
	validate(t, compile(t), b.Bytes())
	if _, err := snapshot.Open(&b); err != nil {
		t.Error(err)
	}
	text := redacted(t, src, m, nil)
	validate(t, compile(t), text)
	if s, err := snapshot.Open(bytes.NewReader(text)); err != nil || !s.Meta.Redacted {
		t.Error(err)
	}
}

// redacted returns a redacted snapshot.
func redacted(t *testing.T, src netstat.Source, m snapshot.Meta, names snapshot.Names) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := snapshot.WriteRedacted(context.Background(), &b, src, m, names, redact.New(redact.Key{7}), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
