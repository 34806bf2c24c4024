#include "ingest_log/local/new_log.h"

#include "ingest_log/segment.h"

namespace isobar::ingest_log {

Result<void> create_log_at(sys::FileSystem& files, const std::string& directory, std::uint64_t topic_identity, model::Position base) {
  TRYV(files.create_directories(directory));
  return sys::write_file_atomically(files, directory + "/" + segment_name(base),
                                    encode_segment_header({topic_identity, base}));
}

}  // namespace isobar::ingest_log
