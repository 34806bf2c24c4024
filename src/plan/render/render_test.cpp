#include "plan/render/render.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "plan/render/isobar_deployment.h"
#include "plan/render/tree.h"
#include "plan/render/words.h"

namespace isobar::plan::rendering {
namespace {

TEST(Tree, WritesMapsListsAndComments) {
  Tree tree;
  tree["name"] = "isobar";
  tree["replicas"] = Tree(1).note("A2");
  tree["empty"] = Tree::map();
  tree["none"] = Tree::list();
  tree["ports"] = Tree::list({Tree::map({{"name", "http"}, {"port", 9009}}).note("the only one"), Tree("a"), Tree::list({"x"})});
  EXPECT_EQ(to_yaml(tree),
            "name: isobar\n"
            "replicas: 1  # A2\n"
            "empty: {}\n"
            "none: []\n"
            "ports:\n"
            "  # the only one\n"
            "  - name: http\n"
            "    port: 9009\n"
            "  - a\n"
            "  - - x\n");
}

TEST(Tree, QuotesWhatYamlWouldTakeForSomethingElse) {
  Tree tree = Tree::list({"true", "No", "0.1.0", "1e3", "", "a: b", "a #b", "*", "say \"x\"", "- x", "0 2 * * *", "2160h",
                          "plain-text", "0xff", ".5", "1:30", "exo"});
  EXPECT_EQ(to_yaml(tree),
            "- \"true\"\n- \"No\"\n- \"0.1.0\"\n- \"1e3\"\n- \"\"\n- \"a: b\"\n- \"a #b\"\n- \"*\"\n- say \"x\"\n- \"- x\"\n- 0 "
            "2 * * *\n- 2160h\n- plain-text\n- \"0xff\"\n- \".5\"\n- \"1:30\"\n- exo\n");
}

TEST(Tree, WritesTextsOfSeveralLinesAsBlocks) {
  Tree tree;
  tree["data"]["file.yml"] = "a:\n  b\n\nc\n";
  EXPECT_EQ(to_yaml(tree), "data:\n  file.yml: |\n    a:\n      b\n\n    c\n");
}

TEST(Tree, PutsLongCommentsAbove) {
  const std::string words(90, 'w');
  EXPECT_EQ(to_yaml(Tree::map({{"some_long_key", Tree("some long value").note(words)}})),
            fmt::format("# {}\nsome_long_key: some long value\n", words));
}

Tree pod(const char* image, int port, bool extra) {
  Tree container = Tree::map({{"name", "isobar"}, {"image", image}, {"ports", Tree::list({port})}});
  Tree tree;
  tree["spec"]["containers"] = Tree::list({container, Tree::map({{"name", "other"}, {"image", "same"}})});
  if (extra) tree["spec"]["extra"] = true;
  return tree;
}

TEST(Patch, IsEmptyWhereNothingDiffers) {
  EXPECT_TRUE(patch_between(pod("a", 1, false), pod("a", 1, false)).pairs.empty());
}

TEST(Patch, HoldsWhatDiffersAndNamesContainers) {
  EXPECT_EQ(to_yaml(patch_between(pod("a", 1, true), pod("b", 2, false))),
            "spec:\n"
            "  containers:\n"
            "    - name: isobar\n"
            "      image: b\n"
            "      ports:\n"
            "        - 2\n"
            "  extra: null\n");
}

TEST(Patch, CommentsDoNotCount) {
  EXPECT_TRUE(patch_between(Tree::map({{"a", Tree(1).note("C3")}}), Tree::map({{"a", Tree(1).note("C4")}})).pairs.empty());
}

TEST(MemoryBudget, LeavesAQuarterOfTheLimit) {
  for (const std::int64_t limit : {256, 1536, 4096}) {
    const MemoryBudget budget = budget_of(limit);
    EXPECT_EQ(limit - budget.head - budget.queries - 2 * budget.bodies, limit / 4) << limit;
    EXPECT_LE(4 * budget.flush, budget.head / 2 + 4) << "four partitions must become blocks before the head is full";
    EXPECT_LT(budget.query, budget.queries);
  }
}

TEST(Words, WrapAt78Columns) {
  const std::string text =
      wrapped("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen", "- ", "  ");
  EXPECT_EQ(text, "- one two three four five six seven eight nine ten eleven twelve thirteen\n  fourteen fifteen\n");
  EXPECT_EQ(comment("short"), "# short\n");
  const std::string word(100, 'x');
  EXPECT_EQ(wrapped(word), fmt::format("{}\n", word));
}

constexpr const char* kSmallLedger =
    "name: small\n"
    "profiles:\n  - {id: one, title: One}\n"
    "decisions:\n  - {id: A2, title: Isobar, values: {one: {text: \"1\", set: {isobar.replicas: 1, isobar.log: object}}}}\n";

TEST(Render, NamesTheSettingThatALedgerLacks) {
  const LoadedLedger loaded = load_ledger({{"small.yaml", kSmallLedger}});
  ASSERT_TRUE(loaded.ledger) << loaded.problems.at(0).to_string();
  const Result<Rendering> helm = render_helm(*loaded.ledger, "one", "1.0.0");
  ASSERT_FALSE(helm);
  EXPECT_EQ(helm.error().message, "rendering needs a setting that no decision of the ledger sets: node.type");
  const Result<Rendering> tofu = render_opentofu(*loaded.ledger, "one");
  ASSERT_FALSE(tofu);
  EXPECT_EQ(tofu.error().message, "rendering needs a setting that no decision of the ledger sets: zones");
}

TEST(Render, RefusesAProfileWhoseIdCannotBeAName) {
  std::string text = kSmallLedger;
  for (std::size_t at = text.find("one"); at != std::string::npos; at = text.find("one", at + 6)) text.replace(at, 3, "../one");
  const LoadedLedger loaded = load_ledger({{"small.yaml", text}});
  ASSERT_TRUE(loaded.ledger) << loaded.problems.at(0).to_string();
  const Result<Rendering> helm = render_helm(*loaded.ledger, "../one", "1.0.0");
  ASSERT_FALSE(helm);
  EXPECT_EQ(helm.error().message,
            "to be rendered, the id of a profile must be at most 40 letters, digits and hyphens, a letter first and no hyphen "
            "last: ../one");
}

Ledger shipped_ledger() {
  std::vector<LedgerFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ISOBAR_SOURCE_DIR) + "/decisions")) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path());
    std::stringstream text;
    text << in.rdbuf();
    files.push_back({entry.path().filename().string(), text.str()});
  }
  std::sort(files.begin(), files.end(), [](const LedgerFile& a, const LedgerFile& b) { return a.name < b.name; });
  return *load_ledger(files).ledger;
}

void expect_files(const Result<Rendering>& rendering, const std::string& what) {
  ASSERT_TRUE(rendering) << what << ": " << rendering.error().message;
  EXPECT_GT(rendering->files.size(), 4U) << what;
  for (const RenderedFile& file : rendering->files) {
    EXPECT_TRUE(file.text.ends_with('\n')) << what << " " << file.path;
    EXPECT_EQ(file.path.find(".."), std::string::npos) << file.path;
    EXPECT_EQ(file.text.find("@NOTES@"), std::string::npos) << file.path;
  }
  const auto later = [](const RenderedFile& a, const RenderedFile& b) { return a.path >= b.path; };
  EXPECT_EQ(std::adjacent_find(rendering->files.begin(), rendering->files.end(), later), rendering->files.end())
      << what << ": not sorted, or twice";
}

TEST(Render, EveryProfileOfTheShippedLedger) {
  const Ledger ledger = shipped_ledger();
  for (const Profile& profile : ledger.profiles) {
    expect_files(render_helm(ledger, profile.id, "1.0.0"), "helm " + profile.id);
    expect_files(render_opentofu(ledger, profile.id), "opentofu " + profile.id);
  }
  expect_files(render_kustomize(ledger, {}, "1.0.0"), "kustomize");
}

}  // namespace
}  // namespace isobar::plan::rendering
