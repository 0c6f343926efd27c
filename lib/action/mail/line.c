/* SPDX-License-Identifier: Apache-2.0 */
#include "action/mail/line.h"

#include "base/utf8.h"

static bool is_hidden(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

bool fir__mail_line(fir__sbuf *out, fir_str s, size_t most)
{
    size_t used = 0;
    s = fir__str_trim(s);
    for (size_t i = 0; i < s.len;) {
        uint32_t cp;
        size_t n = fir__utf8_decode(s.ptr + i, s.len - i, &cp);
        bool plain = n != 0 && !is_hidden(cp);
        if (used + (plain ? n : 1) > most) {
            return true;
        }
        fir__sbuf_put(out, plain ? s.ptr + i : n != 0 ? " " : "?", plain ? n : 1);
        used += plain ? n : 1;
        i += n != 0 ? n : fir__utf8_broken(s.ptr + i, s.len - i);
    }
    return false;
}
