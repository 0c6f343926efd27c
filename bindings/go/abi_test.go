// SPDX-License-Identifier: Apache-2.0

package falcoir

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Functions of the library that Go does not need, with the reason.
var leftOut = map[string]string{
	"fir_call_text": "fir_call_parameter gives all parameters",
}

func sources(t *testing.T) map[string]string {
	t.Helper()
	names, _ := filepath.Glob("*.go")
	more, _ := filepath.Glob("*.c")
	all := map[string]string{}
	for _, name := range append(names, more...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(text)
	}
	return all
}

// Each function of the symbol list is used, or left out for a reason; and C is called where the rules say.
func TestFunctionsAreThoseOfTheSymbolList(t *testing.T) {
	used := map[string]bool{}
	for name, text := range sources(t) {
		for _, m := range regexp.MustCompile(`\bfir_\w+`).FindAllString(text, -1) {
			used[m] = true
		}
		if strings.Contains(text, `import "C"`) && name != "c.go" && name != "callback.go" {
			t.Errorf("%s knows of C", name)
		}
	}
	listed := regexp.MustCompile(`(?m)^\s+(fir_\w+);`).FindAllStringSubmatch(string(fileOf(t, "lib", "falcoir.map")), -1)
	if len(listed) < 60 {
		t.Fatal("the symbol list is not read")
	}
	for _, m := range listed {
		if _, out := leftOut[m[1]]; out == used[m[1]] {
			t.Errorf("%s: used %v, left out %v", m[1], used[m[1]], out)
		}
	}
}

// FALCOIR_LAYOUT is what tests/bindings/layout.py wrote.
func TestConstants(t *testing.T) {
	text, err := os.ReadFile(os.Getenv("FALCOIR_LAYOUT"))
	if err != nil {
		t.Skip("FALCOIR_LAYOUT is not set")
	}
	var layout struct{ Constants map[string]int64 }
	if err := json.Unmarshal(text, &layout); err != nil {
		t.Fatal(err)
	}
	here := map[string]int64{}
	for name, k := range map[string]kind{"ENOMEM": ErrMemory, "EINVAL": ErrInvalid, "ELIMIT": ErrLimit, "EPARSE": ErrParse,
		"ECOMPILE": ErrCompile, "ETYPE": ErrType, "ENOTFOUND": ErrNotFound, "EAGAIN": ErrAgain, "EBUSY": ErrBusy, "ESTATE": ErrState,
		"ETIMEOUT": ErrTimeout, "ECANCELLED": ErrCancelled, "ECALLBACK": ErrCallback, "EDENIED": ErrDenied, "EACTION": ErrAction,
		"ETRANSPORT": ErrTransport, "EIO": ErrIO, "EUNSUPPORTED": ErrUnsupported, "EVERSION": ErrVersion, "EINTERNAL": ErrInternal} {
		here["FIR_"+name] = int64(k)
		if k.Error() != "FIR_"+name {
			t.Error(k.Error(), name)
		}
	}
	for name, v := range map[string]any{"FORM_JSON": FormJSON, "FORM_TEXT": FormText, "FORM_ESCAPED": FormEscaped,
		"FORM_JSON_AFTER_TEXT": FormJSONAfterText, "ENVELOPE_NONE": EnvelopeNone, "ENVELOPE_EVENT": EnvelopeEvent,
		"ENVELOPE_SNS": EnvelopeSNS, "ENVELOPE_SQS": EnvelopeSQS, "ENVELOPE_LAMBDA_SNS": EnvelopeLambdaSNS,
		"ENVELOPE_PUBSUB": EnvelopePubSub, "ENVELOPE_CLOUDEVENT": EnvelopeCloudEvent, "ENVELOPE_KINESIS": EnvelopeKinesis,
		"ENVELOPE_ARRAY": EnvelopeArray, "ENVELOPE_EVENTBRIDGE": EnvelopeEventBridge, "EVENT_REPLACED_UTF8": EventReplacedUTF8,
		"EVENT_HAS_NUL": EventHasNUL, "EVENT_NO_TIME": EventNoTime, "EVENT_NO_FIELDS": EventNoFields, "EVENT_INTERNAL": EventInternal,
		"SYNTAX_FALCOIR": SyntaxFalcoir, "SYNTAX_FALCO": SyntaxFalco, "SYNTAX_TALON": SyntaxTalon, "SINK_TEXT": SinkText,
		"SINK_JSON": SinkJSON, "SINK_URL": SinkURL, "SINK_HEADER": SinkHeader, "SINK_FORM": SinkForm, "SINK_ARGV": SinkArgv,
		"SINK_K8S_NAME": SinkK8sName, "SINK_K8S_LABEL": SinkK8sLabel, "SINK_SLACK": SinkSlack, "SINK_HTML": SinkHTML,
		"SINK_MARKDOWN": SinkMarkdown, "SINK_RAW": SinkRaw} {
		var n int64
		raw, _ := json.Marshal(v)
		_ = json.Unmarshal(raw, &n)
		here["FIR_"+name] = n
	}
	for name, n := range here {
		if wanted, found := layout.Constants[name]; !found || wanted != n {
			t.Errorf("%s is %d, and in C %d", name, n, wanted)
		}
	}
	group := regexp.MustCompile(`^FIR_(E[A-Z]+|(FORM|ENVELOPE|EVENT|SYNTAX|SINK)_\w+)$`)
	for name := range layout.Constants {
		if _, found := here[name]; group.MatchString(name) && !found {
			t.Errorf("%s has no name in Go", name)
		}
	}
}
