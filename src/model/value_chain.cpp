#include "model/value_chain.h"

#include <algorithm>

namespace isobar::model {
namespace {

using Chain = ValuePattern::Chain;
using Words = ValuePattern::Words;

constexpr std::size_t kMaxProduct = 256;    // words that a sequence of classes and groups may expand to
constexpr std::size_t kMaxUnion = 10'000;   // words that are written out, as in the lists of dashboards
constexpr std::size_t kMaxBytes = 1 << 20;  // of one set of words
constexpr std::size_t kMaxGaps = 8;
constexpr std::size_t kMaxChains = 16;
constexpr std::size_t kMaxRepeats = 64;

void normalize(Words& words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
}

std::size_t longest(const Words& words) {
  std::size_t n = 0;
  for (const std::string& word : words) n = std::max(n, word.size());
  return n;
}

bool product_fits(const Words& a, const Words& b) {
  // A single word keeps the other's size: `host-(1|2|...)` stays a list however long it is.
  const bool few = a.size() == 1 || b.size() == 1 || a.size() * b.size() <= kMaxProduct;
  return few && a.size() * b.size() * (longest(a) + longest(b)) <= kMaxBytes;
}

Words product(const Words& a, const Words& b) {
  Words out;
  out.reserve(a.size() * b.size());
  for (const std::string& x : a) {
    for (const std::string& y : b) out.push_back(x + y);
  }
  normalize(out);
  return out;
}

// The same chain, or a wider one, that begins with a gap.
Chain after_gap(const Chain& chain) {
  Chain out{{""}, {{0, chain.head}}, false};
  out.gaps.insert(out.gaps.end(), chain.gaps.begin(), chain.gaps.end());
  return out;
}

Chain join(const Chain& a, const Chain& b) {
  const Words& end = a.gaps.empty() ? a.head : a.gaps.back().next;
  if (!product_fits(end, b.head)) return join(a, after_gap(b));
  Chain out = a;
  out.exact = a.exact && b.exact;
  Words& joint = out.gaps.empty() ? out.head : out.gaps.back().next;
  joint = product(end, b.head);
  auto from = b.gaps.begin();
  if (!out.gaps.empty() && from != b.gaps.end() && joint == Words{""}) {
    out.gaps.back().least_characters += from->least_characters;
    joint = from->next;
    ++from;
  }
  out.gaps.insert(out.gaps.end(), from, b.gaps.end());
  if (out.gaps.size() > kMaxGaps) {
    out.gaps = {{0, out.gaps.back().next}};
    out.exact = false;
  }
  return out;
}

// Adds an alternative, into a chain that differs only in its head where there is one. Heads are then to be normalized.
void add(std::vector<Chain>& chains, const Chain& chain) {
  for (Chain& known : chains) {
    if (known.exact != chain.exact || known.gaps != chain.gaps || known.head.size() + chain.head.size() > kMaxUnion) continue;
    known.head.insert(known.head.end(), chain.head.begin(), chain.head.end());
    return;
  }
  chains.push_back(chain);
}

ChainSet normalized(std::vector<Chain> chains) {
  if (chains.size() > kMaxChains) return ChainSet::any(0, false);
  for (Chain& chain : chains) normalize(chain.head);
  return {std::move(chains)};
}

ChainSet collapsed() { return ChainSet::any(0, false); }

}  // namespace

ChainSet ChainSet::words(Words words, bool exact) {
  normalize(words);
  return {{Chain{std::move(words), {}, exact}}};
}

ChainSet ChainSet::any(std::size_t least_characters, bool exact) {
  return {{Chain{{""}, {{least_characters, {""}}}, exact}}};
}

ChainSet sequence(const ChainSet& a, const ChainSet& b) {
  if (a.chains.size() * b.chains.size() > kMaxChains) {
    return a.chains.size() >= b.chains.size() ? sequence(collapsed(), b) : sequence(a, collapsed());
  }
  std::vector<Chain> out;
  for (const Chain& x : a.chains) {
    for (const Chain& y : b.chains) add(out, join(x, y));
  }
  return normalized(std::move(out));
}

ChainSet alternatives(const std::vector<ChainSet>& sets) {
  if (sets.size() == 1) return sets.front();
  std::vector<Chain> out;
  for (const ChainSet& set : sets) {
    for (const Chain& chain : set.chains) add(out, chain);
    if (out.size() > kMaxChains) return collapsed();
  }
  return normalized(std::move(out));
}

ChainSet repeated(const ChainSet& what, std::size_t least, std::size_t most) {
  if (what.one_character) {
    if (least == 1 && most == 1) return what;
    return ChainSet::any(least, most == SIZE_MAX);
  }
  if (most == 0) return ChainSet::words({""});
  if (most == SIZE_MAX || most > kMaxRepeats || (!what.finite() && most > 1)) {
    return least == 0 ? collapsed() : sequence(what, collapsed());
  }
  ChainSet power = ChainSet::words({""});
  ChainSet out;
  for (std::size_t n = 0; n <= most; ++n) {
    if (n > 0) power = sequence(power, what);
    if (n < least) continue;
    out = n == least ? power : alternatives({out, power});
    if (most > 1 && (!out.finite() || out.chains.front().head.size() > kMaxProduct)) return repeated(what, least, SIZE_MAX);
  }
  return out;
}

}  // namespace isobar::model
