// Holds the real #include lines against what each folder's CMakeLists.txt declares: a folder includes only folders of
// a lower layer that it names in DEPENDS, and only their PUBLIC_HEADERS. Prints the graph with --print-graph.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = ISOBAR_SOURCE_DIR;

struct Concept {
  int layer = -1;
  std::set<std::string> depends;
  std::set<std::string> test_depends;
  std::set<std::string> public_headers;
};

std::string read(const fs::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// concept(NAME LAYER n DEPENDS a b ...): keyword, then words until the next keyword.
Concept parse(const std::string& text) {
  Concept result;
  std::string keyword;
  const std::string bare = std::regex_replace(text, std::regex("#[^\n]*"), " ");
  const std::size_t open = bare.find("concept(");
  const std::string body = bare.substr(open == std::string::npos ? bare.size() : open + 8);
  std::stringstream words(body.substr(0, body.find(')')));
  for (std::string word; words >> word;) {
    static const std::set<std::string> kKeywords{"LAYER", "DEPENDS", "LIBS", "PUBLIC_HEADERS", "TEST_DEPENDS", "TEST_LIBS"};
    if (kKeywords.contains(word)) {
      keyword = word;
    } else if (keyword == "LAYER") {
      result.layer = std::stoi(word);
      keyword.clear();
    } else if (keyword == "DEPENDS") {
      result.depends.insert(word);
    } else if (keyword == "TEST_DEPENDS") {
      result.test_depends.insert(word);
    } else if (keyword == "PUBLIC_HEADERS") {
      result.public_headers.insert(word);
    }
  }
  return result;
}

const std::map<std::string, Concept>& concepts() {
  static const auto all = [] {
    std::map<std::string, Concept> found;
    for (const auto& entry : fs::directory_iterator(kRoot / "src")) {
      const fs::path file = entry.path() / "CMakeLists.txt";
      if (fs::exists(file)) found[entry.path().filename()] = parse(read(file));
    }
    return found;
  }();
  return all;
}

struct Include {
  std::string file;    // "tsdb/generation.cpp"
  std::string folder;  // of the file
  std::string target;  // "model/labels.h"
  bool test = false;
};

std::vector<Include> includes() {
  std::vector<Include> all;
  static const std::regex kInclude("#include \"([^\"]+)\"");
  for (const auto& [folder, unused] : concepts()) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / "src" / folder)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".h") && !name.ends_with(".cpp")) continue;
      const bool test = name.ends_with("_test.cpp") || name.ends_with("_fuzz.cpp") || name.ends_with("_bench.cpp");
      const std::string text = read(entry.path());
      for (std::sregex_iterator at(text.begin(), text.end(), kInclude), end; at != end; ++at) {
        all.push_back({fs::relative(entry.path(), kRoot / "src"), folder, (*at)[1], test});
      }
    }
  }
  return all;
}

TEST(Architecture, EveryFolderDeclaresItsLayer) {
  ASSERT_FALSE(concepts().empty());
  for (const auto& [name, declared] : concepts()) {
    EXPECT_GE(declared.layer, 0) << name;
    EXPECT_TRUE(fs::exists(kRoot / "src" / name / "README.md")) << name << " has no README.md";
    for (const std::string& header : declared.public_headers) {
      EXPECT_TRUE(fs::exists(kRoot / "src" / name / header)) << name << " declares a header that is not there: " << header;
    }
  }
}

TEST(Architecture, FoldersDependOnLowerLayersOnly) {
  for (const auto& [name, declared] : concepts()) {
    for (const std::string& dependency : declared.depends) {
      const auto at = concepts().find(dependency);
      ASSERT_NE(at, concepts().end()) << name << " depends on an unknown folder: " << dependency;
      EXPECT_LT(at->second.layer, declared.layer) << name << " may not depend on " << dependency;
    }
  }
}

TEST(Architecture, IncludesAreDeclaredAndPublic) {
  for (const Include& include : includes()) {
    const std::string target = include.target.substr(0, include.target.find('/'));
    const auto at = concepts().find(target);
    if (at == concepts().end() || target == include.folder) continue;
    const Concept& from = concepts().at(include.folder);
    const bool declared = from.depends.contains(target) || (include.test && from.test_depends.contains(target)) ||
                          (include.test && [&] {
                            for (const std::string& d : from.test_depends) {
                              if (concepts().at(d).depends.contains(target)) return true;
                            }
                            return false;
                          }());
    EXPECT_TRUE(declared) << include.file << " includes " << include.target << ", but " << include.folder
                          << " does not name " << target << " in its CMakeLists.txt";
    EXPECT_TRUE(at->second.public_headers.contains(include.target.substr(target.size() + 1)))
        << include.file << " includes " << include.target << ", which " << target << " does not declare public";
  }
}

TEST(Architecture, FilesStayReadable) {
  for (const char* top : {"src", "apps", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string name = entry.path().filename();
      if (!name.ends_with(".h") && !name.ends_with(".cpp")) continue;
      const std::string text = read(entry.path());
      EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 600) << entry.path() << " holds a second concept";
      for (const char* vague : {"utils", "helpers", "common", "manager"}) {
        EXPECT_EQ(name.find(vague), std::string::npos) << entry.path() << " has a name that says nothing";
      }
    }
  }
}

void print_graph() {
  std::map<int, std::vector<std::string>> layers;
  for (const auto& [name, declared] : concepts()) layers[declared.layer].push_back(name);
  std::map<std::string, std::set<std::string>> used;
  for (const Include& include : includes()) {
    const std::string target = include.target.substr(0, include.target.find('/'));
    if (!include.test && target != include.folder && concepts().contains(target)) used[include.folder].insert(target);
  }
  for (const auto& [layer, names] : layers) {
    for (const std::string& name : names) {
      std::cout << layer << "  " << name << " ->";
      for (const std::string& target : used[name]) std::cout << ' ' << target;
      std::cout << '\n';
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--print-graph") {
    print_graph();
    return 0;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
