// A product in the room that the phone sees: one ARKit frame, the planes found so far, one `place` job.
// The reading of `arviz.frame/1`: docs/concepts/captures.md. No other package is needed.
import ARKit
import Foundation

struct RenderService {
    let url: URL
    /// Comes from your own server and may do no more than `upload`, `jobs` and `read`: an app can be taken apart.
    let key: String

    struct Refused: Error, Decodable {
        let code: String
        let detail: String
        let hint: String?
    }

    private struct Source: Decodable { let source: String }

    private struct Job: Decodable {
        let id: String
        let state: String
        let error: Failure?
        struct Failure: Decodable { let code: String, message: String, hint: String? }
    }

    /// Return the photo with the product in it, as JPEG.
    func place(asset: String, frame: ARFrame) async throws -> Data {
        let photo = try jpeg(of: frame.capturedImage)
        let document = try JSONSerialization.data(withJSONObject: describe(frame))
        let inputs = [
            "product": asset,
            "photo.jpg": try await upload(photo, name: "photo.jpg"),
            "session.json": try await upload(document, name: "session.json"),
        ]
        let asked: [String: Any] = [
            "kind": "place",
            "inputs": inputs,
            "options": ["sources": ["session.json"], "photo": "photo.jpg", "picture": "jpg"],
        ]
        var request = made("POST", "/v1/jobs", type: "application/json")
        request.setValue(UUID().uuidString, forHTTPHeaderField: "Idempotency-Key")
        var job = try JSONDecoder().decode(Job.self, from: try await send(request, try JSONSerialization.data(withJSONObject: asked)))
        while job.state == "queued" || job.state == "running" {
            var look = made("GET", "/v1/jobs/\(job.id)")
            look.setValue("wait=20", forHTTPHeaderField: "Prefer")
            job = try JSONDecoder().decode(Job.self, from: try await send(look))
        }
        guard job.state == "done" else {
            throw Refused(code: job.error?.code ?? job.state, detail: job.error?.message ?? job.state, hint: job.error?.hint)
        }
        return try await send(made("GET", "/v1/jobs/\(job.id)/files/picture"))
    }

    private func upload(_ data: Data, name: String) async throws -> String {
        let answer = try await send(made("PUT", "/v1/sources?name=\(name)", type: "application/octet-stream"), data)
        return try JSONDecoder().decode(Source.self, from: answer).source
    }

    private func made(_ method: String, _ path: String, type: String? = nil) -> URLRequest {
        var request = URLRequest(url: URL(string: url.absoluteString + path)!)
        request.httpMethod = method
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        if let type { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        return request
    }

    private func send(_ request: URLRequest, _ body: Data? = nil) async throws -> Data {
        let (data, answer): (Data, URLResponse)
        if let body {
            (data, answer) = try await URLSession.shared.upload(for: request, from: body)
        } else {
            (data, answer) = try await URLSession.shared.data(for: request)
        }
        guard let status = (answer as? HTTPURLResponse)?.statusCode, status < 300 else {
            throw try JSONDecoder().decode(Refused.self, from: data)
        }
        return data
    }

    /// Return what ARKit knows of a frame: camera, pose, planes, light. Angles and axes stay as ARKit has them.
    private func describe(_ frame: ARFrame) -> [String: Any] {
        let size = frame.camera.imageResolution
        let image: [String: Any] = [
            "image": "photo.jpg",
            "time_s": frame.timestamp,
            "width_px": Int(size.width),
            "height_px": Int(size.height),
            "k": numbers(frame.camera.intrinsics),
            "world_from_camera": numbers(frame.camera.transform),
        ]
        let planes: [[String: Any]] = frame.anchors.compactMap { $0 as? ARPlaneAnchor }.map { anchor in
            var plane: [String: Any] = [
                "transform": numbers(anchor.transform),
                "boundary_m": anchor.geometry.boundaryVertices.map { [$0.x, $0.z] },
            ]
            switch anchor.classification {
            case .floor: plane["kind"] = "floor"
            case .wall: plane["kind"] = "wall"
            case .ceiling: plane["kind"] = "ceiling"
            case .table: plane["kind"] = "table"
            case .seat: plane["kind"] = "seat"
            default: break
            }
            return plane
        }
        var told: [String: Any] = ["schema": "arviz.frame/1", "frames": [image], "planes": planes]
        if let light = frame.lightEstimate {
            told["light"] = [
                "kind": "arkit",
                "ambient_intensity": light.ambientIntensity,
                "ambient_temperature_k": light.ambientColorTemperature,
            ]
        }
        return told
    }

    /// Column after column, as simd has them.
    private func numbers(_ matrix: simd_float4x4) -> [Float] {
        [matrix.columns.0, matrix.columns.1, matrix.columns.2, matrix.columns.3].flatMap { [$0.x, $0.y, $0.z, $0.w] }
    }

    private func numbers(_ matrix: simd_float3x3) -> [Float] {
        [matrix.columns.0, matrix.columns.1, matrix.columns.2].flatMap { [$0.x, $0.y, $0.z] }
    }

    /// As recorded, not turned to the display: intrinsics and pose belong to this orientation.
    private func jpeg(of buffer: CVPixelBuffer) throws -> Data {
        let picture = CIImage(cvPixelBuffer: buffer)
        let space = CGColorSpace(name: CGColorSpace.sRGB)!
        guard let data = CIContext().jpegRepresentation(of: picture, colorSpace: space) else {
            throw Refused(code: "E_PHOTO", detail: "the frame cannot be written as JPEG", hint: nil)
        }
        return data
    }
}
