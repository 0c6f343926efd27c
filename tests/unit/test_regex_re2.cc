/* SPDX-License-Identifier: Apache-2.0 */
/* Random patterns and texts: RE2 with POSIX syntax, as Falco uses it, and ours must accept the same patterns, refuse the others
 * with the same words, and give the same verdicts. What may differ is named below.
 *
 *   test_unit_regex_re2 [patterns [seed]] */
#include <re2/re2.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
#include <falcoir/condition.h>

/* lib/expr/regex.h and lib/base/alloc.h are C11; these are what is used of them. */
typedef struct fir__regex fir__regex;
typedef struct fir__regex_scratch fir__regex_scratch;
extern const fir_allocator fir__default_allocator;
int fir__regex_compile(fir_str pattern, uint32_t steps, const fir_allocator *a, fir__regex **out, fir_error *err);
void fir__regex_free(fir__regex *r);
int fir__regex_scratch_new(const fir_allocator *a, fir__regex_scratch **out);
void fir__regex_scratch_free(fir__regex_scratch *s);
int fir__regex_match(const fir__regex *r, fir_str subject, fir__regex_scratch *s);
}

namespace
{

uint64_t state;

uint32_t random_below(uint32_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<uint32_t>((state >> 16) % n);
}

const char *const pieces[] = {
    "a",
    "b",
    "c",
    "ab",
    ".",
    "*",
    "+",
    "?",
    "|",
    "(",
    ")",
    "^",
    "$",
    "[abc]",
    "[^a]",
    "[a-c]",
    "[]a]",
    "[^]a]",
    "[a",
    "]",
    "{2}",
    "{1,3}",
    "{0}",
    "{,2}",
    "{2,}",
    "{0,1}",
    "{3,1}",
    "{1001}",
    "{1000}",
    "{",
    "}",
    "\\n",
    "\\t",
    "\\.",
    "\\*",
    "\\\\",
    "\\d",
    "\\w",
    "\\b",
    "\\v",
    "\\x41",
    "\\x{61}",
    "\\x{263a}",
    "\\x{d800}",
    "\\x{110000}",
    "\\101",
    "\\1",
    "\\07",
    "\\0",
    "\\8",
    "\\pN",
    "\\Q",
    "\\",
    "[[:alpha:]]",
    "[[:^digit:]]",
    "[[:word:]]",
    "[[:foo:]]",
    "[[=a=]]",
    "[[.a.]]",
    "[a-]",
    "[-a]",
    "[a-b-c]",
    "[c-a]",
    "[\\n]",
    "[^\\n]",
    "[\\]a]",
    "[\\x{61}-\\x{63}]",
    "\xc3\xa9",
    "[\xc3\xa9-\xc3\xbf]",
    "[^\xc3\xa9]",
    "\n",
    "\xff",
    "(a|b)",
    "(a*)",
    "(|a)",
    "()",
    "(?:a)",
    "(?i)",
    "*?",
    "+?",
    "??",
    "**",
    "++",
    "*+",
    "{2}{3}",
    "{1}",
    "#",
    " ",
    "-",
    "\\-",
    "(*UTF)",
    "\\/",
    "/",
    "[a-\\x{10ffff}]",
    "[^\\x{0}-\\x{10ffff}]",
    "[\\x{d800}-\\x{dfff}]",
    "[^\\x{d800}]",
    "{01}",
    "{1000000000}",
    "a{100}{10}",
    "_",
    "\\_",
    "\\a",
    "\\f",
    "[:alpha:]",
    "[[:alpha:]-z]",
    "[a-[:digit:]]",
    "\\C",
    "\\z",
    "[\\d]",
};

const char *const texts[] = {"a", "b", "c", "A", "\n", ".", "*", "\\", "\xc3\xa9", "\xe2\x98\xba",
                             "{", "}", "-", "]", "[",  "1", " ", "\v", "\x07",     "/"};

std::string random_pattern()
{
    std::string s;
    for (uint32_t n = 1 + random_below(9); n > 0; n--) {
        s += pieces[random_below(sizeof pieces / sizeof pieces[0])];
    }
    return s;
}

std::string random_text()
{
    std::string s;
    for (uint32_t n = random_below(9); n > 0; n--) {
        uint32_t most = random_below(4) == 0 ? sizeof texts / sizeof texts[0] : 4;
        s += texts[random_below(most)];
    }
    if (random_below(50) == 0) {
        s += '\0';
    }
    return s;
}

bool starts(const std::string &s, const char *prefix)
{
    return s.compare(0, strlen(prefix), prefix) == 0;
}

std::string quoted(const std::string &s)
{
    std::string out;
    char hex[8];
    for (unsigned char c : s) {
        if (c < 0x20 || c >= 0x7f) {
            snprintf(hex, sizeof hex, "<%02x>", c);
            out += hex;
        } else {
            out += static_cast<char>(c);
        }
    }
    return out;
}

size_t compared, accepted, undecided, too_large, differences;

void differ(const std::string &pattern, const std::string &text, const std::string &theirs, const std::string &ours)
{
    if (differences++ < 40) {
        fprintf(stderr, "pattern %s text %s\n  RE2:  %s\n  ours: %s\n", quoted(pattern).c_str(), quoted(text).c_str(),
                theirs.c_str(), ours.c_str());
    }
}

/* RE2 and PCRE2 each have a bound on the size of what they compile; they are not the same, and both are errors. */
bool is_size(const std::string &message)
{
    return starts(message, "pattern too large");
}

bool same_refusal(const std::string &theirs, const std::string &ours)
{
    std::string mine = ours.substr(0, ours.find("; hint: "));
    const char prefix[] = "invalid regex pattern: ";
    if (!starts(mine, prefix)) {
        return false;
    }
    mine = mine.substr(sizeof prefix - 1);
    if (theirs == "invalid UTF-8" && mine == "invalid character class range: -") {
        return true; /* a class that ends behind a dash: RE2 finds no character there, and says so in these words */
    }
    if (mine.size() > theirs.size()) {
        return false;
    }
    for (size_t i = 0; i < mine.size() && i < 100; i++) { /* our messages are UTF-8: broken bytes show as '?' */
        if (mine[i] != theirs[i] && (mine[i] != '?' || static_cast<unsigned char>(theirs[i]) < 0x80)) {
            return false;
        }
    }
    return true;
}

void compare_texts(const std::string &pattern, const RE2 &re, const fir__regex *ours, fir__regex_scratch *scratch)
{
    for (int i = 0; i < 6; i++) {
        std::string text = random_text();
        bool theirs = RE2::FullMatch(text, re);
        int mine = fir__regex_match(ours, {text.data(), text.size()}, scratch);
        compared++;
        if (mine == FIR_UNDECIDED) {
            undecided++;
        } else if (mine != (theirs ? FIR_TRUE : FIR_FALSE)) {
            differ(pattern, text, theirs ? "matches" : "does not match", std::to_string(mine));
        }
    }
}

void compare_pattern(const std::string &pattern, fir__regex_scratch *scratch)
{
    RE2::Options options(RE2::POSIX);
    options.set_log_errors(false);
    RE2 re(pattern, options);
    fir__regex *ours;
    fir_error err;
    int status = fir__regex_compile({pattern.data(), pattern.size()}, 50000, &fir__default_allocator, &ours, &err);
    if (!re.ok() || status != 0) {
        if (is_size(re.error()) || (status != 0 && strstr(err.message, "pattern too large") != nullptr)) {
            too_large++;
        } else if (re.ok() || status == 0) {
            differ(pattern, "", re.ok() ? "accepted" : re.error(), status == 0 ? "accepted" : err.message);
        } else if (!same_refusal(re.error(), err.message)) {
            differ(pattern, "", re.error(), err.message);
        }
        fir__regex_free(ours);
        return;
    }
    accepted++;
    compare_texts(pattern, re, ours, scratch);
    fir__regex_free(ours);
}

} // namespace

int main(int argc, char **argv)
{
    long patterns = argc > 1 ? atol(argv[1]) : 20000;
    state = argc > 2 ? strtoull(argv[2], nullptr, 0) : 0x9e3779b97f4a7c15;
    fir__regex_scratch *scratch;
    if (fir__regex_scratch_new(&fir__default_allocator, &scratch) != 0) {
        return EXIT_FAILURE;
    }
    for (long i = 0; i < patterns; i++) {
        compare_pattern(random_pattern(), scratch);
    }
    fir__regex_scratch_free(scratch);
    printf("%ld patterns, %zu accepted, %zu verdicts, %zu undecided, %zu too large for one, %zu differences\n", patterns, accepted,
           compared, undecided, too_large, differences);
    return differences == 0 && accepted > static_cast<size_t>(patterns) / 20 ? EXIT_SUCCESS : EXIT_FAILURE;
}
