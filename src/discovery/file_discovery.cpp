// Targets from files (<file_sd_config>). A file is parsed again only when its time or size changed, so that looking
// often costs a stat; a file that cannot be read or parsed keeps the groups it last gave.
#include <glob.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "discovery/target_group_text.h"

namespace isobar::discovery {
namespace {

// Prometheus is told of changes by the kernel; looking this often comes close to it.
constexpr Duration kLookEvery = Duration::seconds(5);

struct KnownFile {
  std::int64_t modified_ns = -1;
  std::int64_t size = -1;
  std::vector<TargetGroup> groups;
};

class FileDiscoverer : public Discoverer {
 public:
  explicit FileDiscoverer(FileConfig config) : config_(std::move(config)) {}

  std::string_view kind() const override { return "file"; }
  Duration interval() const override { return std::min(config_.refresh_interval, kLookEvery); }

  Refresh refresh() override {
    std::map<std::string, KnownFile> now;
    Refresh result;
    for (const std::string& path : list_files()) {
      KnownFile file;
      if (const auto before = known_.find(path); before != known_.end()) file = std::move(before->second);
      if (auto read = update(path, file); !read && !result.error) result.error = std::move(read).error();
      now.emplace(path, std::move(file));
    }
    known_ = std::move(now);
    std::vector<TargetGroup>& groups = result.groups.emplace();
    for (const auto& [path, file] : known_) groups.insert(groups.end(), file.groups.begin(), file.groups.end());
    return result;
  }

 private:
  std::vector<std::string> list_files() const {
    std::vector<std::string> paths;
    for (const std::string& pattern : config_.files) {
      glob_t found{};
      if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
      }
      ::globfree(&found);
    }
    std::sort(paths.begin(), paths.end());
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
  }

  static Result<void> update(const std::string& path, KnownFile& file) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};  // gone between glob and here
    const std::int64_t modified_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    if (modified_ns == file.modified_ns && status.st_size == file.size) return {};
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::kInvalid, "cannot read the file of targets: " + path);
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const bool json = path.ends_with(".json");
    TRY(std::vector<TargetGroup> groups, json ? parse_target_groups_json(text, path) : parse_target_groups_yaml(text, path));
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].source = fmt::format("{}:{}", path, i);
      groups[i].labels = model::LabelsBuilder(groups[i].labels).set("__meta_filepath", path).build();
    }
    file = {modified_ns, status.st_size, std::move(groups)};
    return {};
  }

  const FileConfig config_;
  std::map<std::string, KnownFile> known_;
};

}  // namespace

std::unique_ptr<Discoverer> make_file_discoverer(FileConfig config) {
  return std::make_unique<FileDiscoverer>(std::move(config));
}

}  // namespace isobar::discovery
